import { compareUtf8 } from '../utf8-order.js';
import { type DayRow, isDisputed } from './day-row.js';

/** The images that a model on trial disputes, and then those in review with the lowest confidence, up to a limit. */
export class ReviewPicks {
  readonly #limit: number;
  #picks: readonly DayRow[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(row: DayRow): void {
    if (row.status !== 'review' && !isDisputed(row)) return;
    this.#picks = [...this.#picks, row].sort(inOrder).slice(0, this.#limit);
  }

  rows(): readonly DayRow[] {
    return this.#picks;
  }
}

/** Names differ, so the order is total and the same day gives the same picks. */
function inOrder(a: DayRow, b: DayRow): number {
  return (
    Number(isDisputed(b)) - Number(isDisputed(a)) ||
    (a.confidence ?? 0) - (b.confidence ?? 0) ||
    compareUtf8(a.name, b.name)
  );
}
