/**
 * The confidence from which the labels of a model keep a precision, by the background of the picture. The thresholds are computed
 * from pictures with known labels, and the model's manifest carries them.
 *
 * The method is Learn then Test with fixed sequences (Angelopoulos et al., arXiv:2110.01052, section 3). A sequence is tested from its
 * highest threshold to its lowest, each with the exact binomial test, and ends at the first failure. The lowest threshold that passed
 * is used. There are three sequences, which begin at different shares of the pictures, each with a third of the risk: many pictures are
 * needed to show a high precision, but the more there are, the more of them are wrong. For one precision and one background, the
 * threshold keeps the precision with a probability of at least 95 %, for pictures like the measured ones.
 */

/** `white`: at least half of the border of the picture is white, as in product photos. */
export const BACKGROUNDS = ['white', 'other'] as const;
export type Background = (typeof BACKGROUNDS)[number];

export interface GuaranteedThreshold {
  /** Share of the labels used without review that are right, at least. */
  readonly precision: number;
  /** Confidence from which it holds. */
  readonly confidence: number;
  /** Measured pictures with at least this confidence, and how many of their labels are wrong. */
  readonly n: number;
  readonly wrong: number;
}

/** In increasing precision. A precision that the pictures do not support is missing. */
export type Guarantees = Readonly<Record<Background, readonly GuaranteedThreshold[]>>;

/** A picture with a known label. */
export interface MeasuredImage {
  readonly background: Background;
  readonly confidence: number;
  /** Whether the label with this confidence is right. */
  readonly isRight: boolean;
}

const PRECISIONS = [0.9, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995];
/** The probability that a threshold does not keep its precision, at most. */
const RISK = 0.05;
/** The shares of the pictures with which the sequences begin, and by which they grow. */
const BEGINNINGS = [0.4, 0.6, 0.8];
const STEP = 0.02;

/** @param images without those that the model calls "none of the labels": they always go to review */
export function guaranteesOf(images: readonly MeasuredImage[]): Guarantees {
  const of = (background: Background) => {
    const members = images.filter((image) => image.background === background);
    return PRECISIONS.flatMap((precision) => thresholdFor(precision, members) ?? []);
  };
  return { white: of('white'), other: of('other') };
}

function thresholdFor(precision: number, images: readonly MeasuredImage[]): GuaranteedThreshold | undefined {
  const falling = images.toSorted((one, other) => other.confidence - one.confidence);
  const passed = BEGINNINGS.flatMap((beginning) => lastPassed(falling, { precision, beginning }) ?? []);
  return passed.toSorted((one, other) => one.confidence - other.confidence)[0];
}

/** @param falling by confidence. The sequence depends on the confidences alone, so the tests stay exact. */
function lastPassed(
  falling: readonly MeasuredImage[],
  { precision, beginning }: { readonly precision: number; readonly beginning: number },
): GuaranteedThreshold | undefined {
  let last: GuaranteedThreshold | undefined;
  for (let share = beginning; share < 1 + STEP; share += STEP) {
    const lowest = falling[Math.ceil(Math.min(share, 1) * falling.length) - 1];
    if (lowest === undefined) break;
    const confidence = Math.floor(lowest.confidence * 1e4) / 1e4;
    const { n, wrong } = countFrom(confidence, falling);
    if (atMostProbability(wrong, { n, p: 1 - precision }) > RISK / BEGINNINGS.length) break;
    last = { precision, confidence, n, wrong };
  }
  return last;
}

function countFrom(
  confidence: number,
  images: readonly MeasuredImage[],
): Pick<GuaranteedThreshold, 'n' | 'wrong'> {
  const used = images.filter((image) => image.confidence >= confidence);
  return { n: used.length, wrong: used.filter(({ isRight }) => !isRight).length };
}

/** A guarantee, measured on other pictures. */
export interface GuaranteeCheck extends GuaranteedThreshold {
  /** False if so many wrong labels would occur by chance in fewer than 5 % of such measurements. */
  readonly isKept: boolean;
}

export function checkGuarantees(
  guarantees: Guarantees,
  images: readonly MeasuredImage[],
): Readonly<Record<Background, readonly GuaranteeCheck[]>> {
  const of = (background: Background) =>
    guarantees[background].map(({ precision, confidence }) => {
      const used = images.filter(
        (image) => image.background === background && image.confidence >= confidence,
      );
      const n = used.length;
      const wrong = used.filter(({ isRight }) => !isRight).length;
      const isKept = wrong === 0 || 1 - atMostProbability(wrong - 1, { n, p: 1 - precision }) >= RISK;
      return { precision, confidence, n, wrong, isKept };
    });
  return { white: of('white'), other: of('other') };
}

/** The threshold of the lowest guaranteed precision that is high enough. @returns undefined if no precision is */
export function guaranteedThreshold(
  rows: readonly GuaranteedThreshold[],
  precision: number,
): GuaranteedThreshold | undefined {
  return rows.find((row) => row.precision >= precision);
}

/** The probability of at most `k` in a binomial distribution, summed in logarithms so that it does not underflow. */
export function atMostProbability(k: number, { n, p }: { readonly n: number; readonly p: number }): number {
  let log = n * Math.log1p(-p);
  let sum = Math.exp(log);
  for (let i = 1; i <= k; i += 1) {
    log += Math.log(((n - i + 1) / i) * (p / (1 - p)));
    sum += Math.exp(log);
  }
  return Math.min(1, sum);
}
