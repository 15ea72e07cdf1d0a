/** What a run has seen so far, image by image: fed by the uploads and by the listener, read by table and summary. */
import type { ImageRecord, Status } from '@hangtag/shared/domain/record.js';

export interface ImageResult {
  readonly name: string;
  readonly status: Status;
  readonly reason: string | null;
  readonly category: string | null;
  readonly confidence: number | null;
  readonly tier: string | null;
  /** Milliseconds from the end of the upload to the listener's word; null while waiting. */
  readonly ms: number | null;
}

export interface Summary {
  readonly images: number;
  /** With labels: `done` and `review`. */
  readonly labelled: number;
  readonly failed: number;
  readonly skipped: number;
  readonly waiting: number;
  /** Share of right categories where the truth is known; null where it is not. */
  readonly accuracy: number | null;
  readonly imagesPerSecond: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export class Results {
  readonly #rows = new Map<string, ImageResult>();
  readonly #truths = new Map<string, string>();
  #waiting = 0;
  #firstDropAt: number | undefined;
  #lastSettledAt: number | undefined;

  /** An image is on its way; `truth` is its category where it is known. */
  expect(name: string, now: number, truth?: string): void {
    this.#firstDropAt ??= now;
    if (truth !== undefined) this.#truths.set(name, truth);
    this.#put(waitingRow(name));
  }

  /** The bucket did not take an image: it ends here, with the reason. @returns the row as it now stands */
  refuse(name: string, reason: string): ImageResult {
    return this.#put({ ...waitingRow(name), status: 'failed', reason });
  }

  /** The listener's word. @returns the row as it now stands */
  see(record: ImageRecord, now: number): ImageResult {
    const { name, status, reason, category, confidence, tier, uploadedAt } = record;
    const known = this.#rows.get(name);
    // Overwriting deletes the generation before; that word may come first, and the new one's is still to come.
    if (status === 'deleted' && known?.status === 'queued') return known;
    const settled = isSettled(status);
    // Seen a second time, it did not take longer.
    if (settled && known?.status === status && known.category === category) return known;
    const ms = settled ? Math.max(0, now - uploadedAt) : null;
    if (settled) this.#lastSettledAt = now;
    this.#firstDropAt ??= uploadedAt;
    return this.#put({ name, status, reason, category, confidence, tier, ms });
  }

  get rows(): readonly ImageResult[] {
    return [...this.#rows.values()];
  }

  get waiting(): number {
    return this.#waiting;
  }

  summary(): Summary {
    const rows = this.rows;
    const settled = rows.filter(({ status }) => isSettled(status));
    const times = settled.flatMap(({ ms }) => ms ?? []).sort((a, b) => a - b);
    const elapsedMs = (this.#lastSettledAt ?? 0) - (this.#firstDropAt ?? 0);
    return {
      images: rows.length,
      labelled: rows.filter(({ status }) => status === 'done' || status === 'review').length,
      failed: rows.filter(({ status }) => status === 'failed').length,
      skipped: rows.filter(({ status }) => status === 'skipped').length,
      waiting: this.#waiting,
      accuracy: this.#accuracy(),
      imagesPerSecond: elapsedMs > 0 ? (1000 * times.length) / elapsedMs : null,
      p50Ms: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
    };
  }

  #put(row: ImageResult): ImageResult {
    const before = this.#rows.get(row.name);
    if (before !== undefined && !isSettled(before.status)) this.#waiting -= 1;
    if (!isSettled(row.status)) this.#waiting += 1;
    this.#rows.set(row.name, row);
    return row;
  }

  #accuracy(): number | null {
    const known = this.rows.filter(({ name, category }) => this.#truths.has(name) && category !== null);
    if (known.length === 0) return null;
    return known.filter(({ name, category }) => this.#truths.get(name) === category).length / known.length;
  }
}

function waitingRow(name: string): ImageResult {
  return { name, status: 'queued', reason: null, category: null, confidence: null, tier: null, ms: null };
}

export function isSettled(status: Status): boolean {
  return status !== 'queued';
}

/** Nearest-rank quantile of ascending values. */
export function quantile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? null;
}
