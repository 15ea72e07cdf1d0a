/**
 * The results that users of a model get: the shares of pictures that are done and right, or done and wrong, and the reasons why
 * the others go to review. Accuracy does not show this: it also counts the best label of a picture that goes to review.
 */
import type { Reason } from './record.js';
import type { Verdict } from './verdict.js';

/** A picture that does not show any of the model's labels. */
export const NONE_OF_THE_LABELS = '(none of the labels)';

export interface DeliveredImage {
  /** The right label, or `NONE_OF_THE_LABELS`. */
  readonly truth: string;
  /** The source of the picture: catalogue, phone. */
  readonly source: string;
  readonly verdict: Pick<Verdict, 'status' | 'reason' | 'category'>;
}

/** Shares of `n` pictures, 0 to 1. All of them add up to 1. */
export interface DeliveryShares {
  readonly n: number;
  readonly right: number;
  readonly wrong: number;
  readonly review: Readonly<Partial<Record<Reason, number>>>;
}

export interface DeliveryFigures extends DeliveryShares {
  /** Mean of `right` over the labels that have pictures, each with the same weight; null without any. */
  readonly macroRight: number | null;
  readonly byLabel: Readonly<Record<string, DeliveryShares>>;
}

/**
 * The figures of each source. Whether a model recognises pictures without any of its labels can be measured only within one
 * source: between two sources, the model may distinguish the pictures by their background alone.
 */
export function deliveryFigures(
  images: readonly DeliveredImage[],
): Readonly<Record<string, DeliveryFigures>> {
  const sources = Object.entries(groupBy(images, ({ source }) => source));
  return Object.fromEntries(sources.map(([source, members]) => [source, figuresOf(members)]));
}

function figuresOf(images: readonly DeliveredImage[]): DeliveryFigures {
  const byLabel = Object.fromEntries(
    Object.entries(groupBy(images, ({ truth }) => truth)).map(([label, members]) => [
      label,
      sharesOf(members),
    ]),
  );
  const labelled = Object.entries(byLabel).filter(([label]) => label !== NONE_OF_THE_LABELS);
  const sum = labelled.reduce((total, [, { right }]) => total + right, 0);
  return { ...sharesOf(images), macroRight: labelled.length === 0 ? null : sum / labelled.length, byLabel };
}

function sharesOf(images: readonly DeliveredImage[]): DeliveryShares {
  const done = images.filter(({ verdict }) => verdict.status === 'done');
  const right = done.filter(({ truth, verdict }) => truth === verdict.category).length;
  const reviewed = images.flatMap(({ verdict }) => (verdict.reason === null ? [] : [verdict.reason]));
  return {
    n: images.length,
    right: right / images.length,
    wrong: (done.length - right) / images.length,
    review: Object.fromEntries(
      Object.entries(groupBy(reviewed, (reason) => reason)).map(([reason, members]) => [
        reason,
        members.length / images.length,
      ]),
    ),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Readonly<Record<string, readonly T[]>> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return Object.fromEntries([...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
