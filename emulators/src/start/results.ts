/** The state of each image of a run. Uploads and records change it; table and summary show it. */
import type { ImageRecord, Status } from '@hangtag/shared/domain/record.js';
import { quantile } from '@hangtag/shared/quantile.js';

export interface ImageResult {
  readonly name: string;
  readonly status: Status;
  readonly reason: string | null;
  readonly category: string | null;
  readonly confidence: number | null;
  readonly tier: string | null;
  /**
   * Milliseconds from the end of the upload until the first label arrived. Null before, while it is labelled again, and if it was
   * uploaded before the run.
   */
  readonly ms: number | null;
}

export interface Summary {
  readonly images: number;
  /** With labels: `done` and `review`. */
  readonly labelled: number;
  readonly failed: number;
  readonly skipped: number;
  readonly waiting: number;
  /** Share of correct categories among the images whose category is known; null if there are none with a label. */
  readonly accuracy: number | null;
  readonly imagesPerSecond: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

/** The times of objects come from the bucket's clock. */
const CLOCK_TOLERANCE_MS = 50;

export class Results {
  readonly #rows = new Map<string, ImageResult>();
  readonly #truths = new Map<string, string>();
  /** When the upload of each image began. `present`: the bucket had it already. */
  readonly #drops = new Map<string, number | 'present'>();
  /** The first result of each upload. */
  readonly #firsts = new Map<string, { readonly uploadedAt: number; readonly ms: number | null }>();
  #waiting = 0;
  #firstDropAt: number | undefined;
  #lastSettledAt: number | undefined;

  constructor(private readonly startedAt = 0) {}

  /** The upload of an image begins. @param truth its category, if it is known */
  expect(name: string, now: number, truth?: string): void {
    this.#firstDropAt ??= now;
    this.#drops.set(name, now);
    if (truth !== undefined) this.#truths.set(name, truth);
    this.#put(waitingRow(name));
  }

  /** The bucket already has this image, so its present record counts. */
  keep(name: string): void {
    this.#drops.set(name, 'present');
  }

  /** An image could not be uploaded. @returns its row */
  refuse(name: string, reason: string): ImageResult {
    return this.#put({ ...waitingRow(name), status: 'failed', reason });
  }

  /** A record was written. @returns the row of its image */
  see(record: ImageRecord, now: number): ImageResult {
    const { name, status, reason, category, confidence, tier, uploadedAt } = record;
    const known = this.#rows.get(name);
    const drop = this.#drops.get(name);
    const isOlder = drop !== undefined && drop !== 'present' && uploadedAt + CLOCK_TOLERANCE_MS < drop;
    // A write of the replaced generation, while the new one is expected.
    if (known?.status === 'queued' && (status === 'deleted' || isOlder)) return known;
    const settled = isSettled(status);
    // Already known: the first time counts.
    if (settled && known?.status === status && known.category === category) return known;
    if (this.#isOfRun(record)) this.#firstDropAt ??= uploadedAt;
    const ms = settled ? this.#time(record, now) : null;
    return this.#put({ name, status, reason, category, confidence, tier, ms });
  }

  /** A label that is made again says nothing about its upload. */
  #time(record: ImageRecord, now: number): number | null {
    const { name, uploadedAt } = record;
    const first = this.#firsts.get(name);
    if (first?.uploadedAt === uploadedAt) return first.ms;
    const isOfRun = this.#isOfRun(record);
    const ms = isOfRun ? Math.max(0, now - uploadedAt) : null;
    if (isOfRun) this.#lastSettledAt = now;
    this.#firsts.set(name, { uploadedAt, ms });
    return ms;
  }

  #isOfRun({ name, uploadedAt }: ImageRecord): boolean {
    const drop = this.#drops.get(name);
    return drop === undefined ? uploadedAt + CLOCK_TOLERANCE_MS >= this.startedAt : drop !== 'present';
  }

  /** The number of uploaded images without a label, whether they still wait or have failed. */
  get unlabelled(): number {
    const hasNone = ({ name, status }: ImageResult) =>
      this.#drops.has(name) && status !== 'done' && status !== 'review';
    return this.rows.filter(hasNone).length;
  }

  get rows(): readonly ImageResult[] {
    return [...this.#rows.values()];
  }

  get waiting(): number {
    return this.#waiting;
  }

  get waitingNames(): readonly string[] {
    return this.rows.filter(({ status }) => !isSettled(status)).map(({ name }) => name);
  }

  summary(): Summary {
    const rows = this.rows;
    const settled = rows.filter(({ status }) => isSettled(status));
    const times = settled.flatMap(({ ms }) => ms ?? []);
    const timeOf = (share: number) => (times.length === 0 ? null : quantile(times, share));
    const elapsedMs = (this.#lastSettledAt ?? 0) - (this.#firstDropAt ?? 0);
    return {
      images: rows.length,
      labelled: rows.filter(({ status }) => status === 'done' || status === 'review').length,
      failed: rows.filter(({ status }) => status === 'failed').length,
      skipped: rows.filter(({ status }) => status === 'skipped').length,
      waiting: this.#waiting,
      accuracy: this.#accuracy(),
      imagesPerSecond: elapsedMs > 0 ? (1000 * times.length) / elapsedMs : null,
      p50Ms: timeOf(0.5),
      p95Ms: timeOf(0.95),
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
