/**
 * How usual a picture is for a model: the share of the pictures that the model was measured on that are at least as far from its
 * training pictures as this one. This is a conformal p-value (Bates et al., arXiv:2104.08279): pictures of the measured kind have
 * every value equally often, so 5 % of them are below 0.05.
 */
import { atMostProbability } from './precision-guarantee.js';

/** A picture with a lower typicality looks unlike the measured ones. It is also their share among the measured ones. */
export const UNLIKE_BELOW = 0.05;

/** With fewer images, a day says nothing. */
const LEAST_IMAGES = 20;
/** Twice as many as usual: fewer are no reason to act, however certain the number is. */
const HIGH_SHARE = 2 * UNLIKE_BELOW;
/** The probability that a day of measured pictures has so many, at most: once in three years. */
const CHANCE = 0.001;

export interface UnlikeCount {
  /** Labelled images whose model says how usual they are. */
  readonly images: number;
  /** Those that look unlike the measured pictures. */
  readonly unlike: number;
}

export const NONE_JUDGED: UnlikeCount = { images: 0, unlike: 0 };

export interface TypicalityReport extends UnlikeCount {
  /** Of the images; null if there are none. */
  readonly share: number | null;
  /** The share that is usual. */
  readonly expected: number;
  readonly level: 'usual' | 'high' | 'unknown';
}

export function isUnlike(typicality: number): boolean {
  return typicality < UNLIKE_BELOW;
}

/** @param falling distances of the measured pictures, from the largest to the smallest, evenly spaced quantiles of any number */
export function typicalityOf(distance: number, falling: Float32Array): number {
  let at = 0;
  while (at < falling.length && (falling[at] ?? 0) >= distance) at += 1;
  return at / falling.length;
}

export function typicalityReport({ images, unlike }: UnlikeCount): TypicalityReport {
  const share = images === 0 ? null : Number((unlike / images).toFixed(4));
  return { images, unlike, share, expected: UNLIKE_BELOW, level: levelOf({ images, unlike }) };
}

function levelOf({ images, unlike }: UnlikeCount): TypicalityReport['level'] {
  if (images < LEAST_IMAGES) return 'unknown';
  if (unlike < HIGH_SHARE * images) return 'usual';
  const byChance = 1 - atMostProbability(unlike - 1, { n: images, p: UNLIKE_BELOW });
  return byChance < CHANCE ? 'high' : 'usual';
}
