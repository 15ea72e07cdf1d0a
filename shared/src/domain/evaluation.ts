/** Metrics of a model, from its predictions for pictures with known categories. */
import { TIERS, type Tier } from './record.js';

export interface JudgedImage {
  readonly truth: string;
  readonly predicted: string;
  /** Calibrated probability of `predicted`, 0 to 1. */
  readonly confidence: number;
  readonly tier: Tier;
}

/** The part of it that calibration needs. */
export type Guess = Pick<JudgedImage, 'truth' | 'predicted' | 'confidence'>;

export interface ClassFigures {
  /** Pictures of this class. */
  readonly n: number;
  /** Of the pictures with this prediction, the share that belongs to this class; null without any. */
  readonly precision: number | null;
  /** Of the pictures of this class, the share with this prediction; null without any. */
  readonly recall: number | null;
}

export interface TierFigures {
  readonly tier: Tier;
  /** Share of all pictures that are in this tier. */
  readonly coverage: number;
  /** Share of the tier's pictures with a correct prediction; null without any. */
  readonly precision: number | null;
}

export interface Evaluation {
  readonly n: number;
  readonly accuracy: number | null;
  readonly perClass: Readonly<Record<string, ClassFigures>>;
  /** Pictures by truth, then by prediction. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Expected calibration error over 15 bins of equal width; null without pictures. */
  readonly ece: number | null;
  readonly tiers: readonly TierFigures[];
}

const CALIBRATION_BINS = 15;

export function evaluate(images: readonly JudgedImage[], labels: readonly string[]): Evaluation {
  return {
    n: images.length,
    accuracy: share(images, isRight),
    perClass: Object.fromEntries(labels.map((label) => [label, classFigures(images, label)])),
    confusion: Object.fromEntries(labels.map((truth) => [truth, predictionsOf(images, truth, labels)])),
    ece: expectedCalibrationError(images),
    tiers: TIERS.map((tier) => tierFigures(images, tier)),
  };
}

function classFigures(images: readonly JudgedImage[], label: string): ClassFigures {
  const members = images.filter(({ truth }) => truth === label);
  const claimed = images.filter(({ predicted }) => predicted === label);
  return { n: members.length, precision: share(claimed, isRight), recall: share(members, isRight) };
}

function predictionsOf(
  images: readonly JudgedImage[],
  truth: string,
  labels: readonly string[],
): Readonly<Record<string, number>> {
  const members = images.filter((image) => image.truth === truth);
  const counts = labels.map((label) => [
    label,
    members.filter(({ predicted }) => predicted === label).length,
  ]);
  return Object.fromEntries(counts);
}

/** The difference between confidence and accuracy in each bin, weighted by its number of pictures. The last bin includes 1. */
export function expectedCalibrationError(images: readonly Guess[]): number | null {
  if (images.length === 0) return null;
  const binOf = ({ confidence }: Guess) =>
    Math.min(Math.floor(confidence * CALIBRATION_BINS), CALIBRATION_BINS - 1);
  const gaps = Array.from({ length: CALIBRATION_BINS }, (_, bin) => {
    const members = images.filter((image) => binOf(image) === bin);
    const confidence = members.reduce((sum, image) => sum + image.confidence, 0);
    return Math.abs(confidence - members.filter(isRight).length);
  });
  return gaps.reduce((sum, gap) => sum + gap) / images.length;
}

function tierFigures(images: readonly JudgedImage[], tier: Tier): TierFigures {
  const members = images.filter((image) => image.tier === tier);
  const coverage = images.length === 0 ? 0 : members.length / images.length;
  return { tier, coverage, precision: share(members, isRight) };
}

function isRight({ truth, predicted }: Guess): boolean {
  return truth === predicted;
}

function share(images: readonly JudgedImage[], counts: (image: JudgedImage) => boolean): number | null {
  return images.length === 0 ? null : images.filter(counts).length / images.length;
}
