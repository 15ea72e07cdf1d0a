/**
 * The result of one pass over a day's records: counts and no name of any image. Its size depends on the number of categories
 * and not of images. Summaries of several days can be added, so that no earlier day is read again.
 */
import { type ModelRef, type Reason, STATUSES, type Status, TIERS, type Tier } from '../record.js';
import { isUnlike, type UnlikeCount } from '../typicality.js';
import { compareUtf8 } from '../utf8-order.js';
import { type ColourCounts, DayColours } from './day-colours.js';
import { type DayRow, isMoved } from './day-row.js';
import { type DayWindow, hoursOf } from './day-window.js';
import { DurationCounter, type DurationHistogram } from './duration-histogram.js';
import { type ReviewedCategory, ReviewTally, stepOf } from './precision.js';

export interface DaySummary {
  readonly statuses: Readonly<Record<Status, number>>;
  /** Of the settled images: moved to the folder of their category. */
  readonly moved: number;
  readonly reasons: readonly ReasonCount[];
  readonly categories: readonly CategoryCount[];
  readonly tiers: Readonly<Record<Tier, number>>;
  /** Labelled images by confidence in twenty bins of 0.05, so that 0.70 and 0.85 are edges of bins. */
  readonly confidence: readonly number[];
  /** Labelled images whose model says how usual they are. Absent in summaries from before 2026-12. */
  readonly typicality?: UnlikeCount;
  /** Absent in summaries from before 2026-12. */
  readonly colours?: ColourCounts;
  /** Images by the hour of their upload, counted from the beginning of the day. */
  readonly hours: readonly number[];
  readonly queued: DurationHistogram;
  readonly processing: DurationHistogram;
  readonly total: DurationHistogram;
  /** Milliseconds of decoding and inference, over all images. */
  readonly computeMs: number;
  readonly models: readonly (ModelRef & { readonly count: number })[];
  /** Corrections made on this day, of images of any day. */
  readonly reviewed: readonly ReviewedCategory[];
}

export interface ReasonCount {
  readonly status: Status;
  readonly reason: Reason;
  readonly count: number;
}

export interface CategoryCount {
  readonly category: string;
  readonly count: number;
  /** Those that are `done`. */
  readonly automatic: number;
  readonly confidenceSum: number;
}

const CONFIDENCE_BINS = 20;

/** Counts rows of any number into one summary. */
export class DayCounter {
  readonly #hours: { readonly fromMs: number; readonly toMs: number }[];
  readonly #hourCounts: number[];
  readonly #statuses = zeros(STATUSES);
  readonly #tiers = zeros(TIERS);
  readonly #reasons = new Map<string, ReasonCount>();
  readonly #categories = new Map<string, CategoryCount>();
  readonly #models = new Map<string, ModelRef & { readonly count: number }>();
  readonly #confidence = new Array<number>(CONFIDENCE_BINS).fill(0);
  readonly #queued = new DurationCounter();
  readonly #processing = new DurationCounter();
  readonly #total = new DurationCounter();
  readonly #reviewed = new ReviewTally();
  readonly #colours = new DayColours();
  #typical = 0;
  #unlike = 0;
  #computeMs = 0;
  #moved = 0;

  constructor(window: DayWindow) {
    this.#hours = [...hoursOf(window)];
    this.#hourCounts = this.#hours.map(() => 0);
  }

  /** @param row uploaded on the day */
  addImage(row: DayRow): void {
    const { status, reason, uploadedAt } = row;
    this.#statuses[status] += 1;
    if (isMoved(row)) this.#moved += 1;
    const hour = this.#hours.findIndex(({ toMs }) => uploadedAt < toMs);
    this.#hourCounts[hour] = (this.#hourCounts[hour] ?? 0) + 1;
    if (reason !== null) this.#addReason(status, reason);
    if (status === 'done' || status === 'review') this.#addLabelled(row);
  }

  /** @param row corrected on the day and uploaded on any day */
  addCorrection({ category, confidence, correction, generation }: DayRow): void {
    if (category === null || confidence === null || correction?.generation !== generation) return;
    const right = correction.category === category;
    this.#reviewed.add(category, [stepOf(confidence), right ? 1 : 0, right ? 0 : 1]);
  }

  summary(): DaySummary {
    return {
      statuses: this.#statuses,
      moved: this.#moved,
      reasons: [...this.#reasons.values()].sort(byCountThen(({ reason }) => reason)),
      categories: [...this.#categories.values()].sort(byCountThen(({ category }) => category)),
      tiers: this.#tiers,
      confidence: this.#confidence,
      typicality: { images: this.#typical + this.#unlike, unlike: this.#unlike },
      colours: this.#colours.counts(),
      hours: this.#hourCounts,
      queued: this.#queued.histogram(),
      processing: this.#processing.histogram(),
      total: this.#total.histogram(),
      computeMs: Math.round(this.#computeMs),
      models: [...this.#models.values()].sort(byCountThen(({ sha256 }) => sha256)),
      reviewed: this.#reviewed.categories(),
    };
  }

  #addReason(status: Status, reason: Reason): void {
    const key = `${status} ${reason}`;
    const count = (this.#reasons.get(key)?.count ?? 0) + 1;
    this.#reasons.set(key, { status, reason, count });
  }

  #addLabelled(row: DayRow): void {
    const { status, category, confidence, tier, typicality = null, palette = null, model, timings } = row;
    if (category === null || confidence === null) return;
    if (palette !== null) this.#colours.add(palette);
    if (typicality !== null && isUnlike(typicality)) this.#unlike += 1;
    else if (typicality !== null) this.#typical += 1;
    const bin = Math.min(CONFIDENCE_BINS - 1, Math.floor(confidence * CONFIDENCE_BINS + 1e-9));
    this.#confidence[bin] = (this.#confidence[bin] ?? 0) + 1;
    if (tier !== null) this.#tiers[tier] += 1;
    const before = this.#categories.get(category);
    this.#categories.set(category, {
      category,
      count: (before?.count ?? 0) + 1,
      automatic: (before?.automatic ?? 0) + (status === 'done' ? 1 : 0),
      confidenceSum: (before?.confidenceSum ?? 0) + confidence,
    });
    if (model !== null) this.#addModel(model);
    if (timings !== null) this.#addTimings(timings);
  }

  #addModel({ id, version, sha256 }: ModelRef): void {
    const count = (this.#models.get(sha256)?.count ?? 0) + 1;
    this.#models.set(sha256, { id, version, sha256, count });
  }

  #addTimings({ queuedMs, downloadMs, decodeMs, inferMs, totalMs }: NonNullable<DayRow['timings']>): void {
    this.#queued.add(queuedMs);
    this.#processing.add(downloadMs + decodeMs + inferMs);
    this.#total.add(totalMs);
    this.#computeMs += decodeMs + inferMs;
  }
}

/** Images that were uploaded on the day. */
export function receivedOf({ statuses }: DaySummary): number {
  return STATUSES.reduce((sum, status) => sum + statuses[status], 0);
}

export function labelledOf({ confidence }: DaySummary): number {
  return confidence.reduce((sum, count) => sum + count, 0);
}

/** Over categories of one day or of several. */
export function meanConfidenceOf(categories: readonly CategoryCount[]): number | null {
  const count = categories.reduce((sum, category) => sum + category.count, 0);
  const sum = categories.reduce((all, { confidenceSum }) => all + confidenceSum, 0);
  return count === 0 ? null : Number((sum / count).toFixed(4));
}

function zeros<K extends string>(keys: readonly K[]): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

/** Largest count first, equal counts by their text, so that the same day gives the same bytes. */
function byCountThen<T extends { readonly count: number }>(text: (item: T) => string) {
  return (a: T, b: T) => b.count - a.count || compareUtf8(text(a), text(b));
}
