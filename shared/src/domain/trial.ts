/** What a trial has shown: two models that labelled the same images, and what people said about some of them. */
import { expectedCalibrationError } from './evaluation.js';
import type { ImageId } from './identity.js';
import type { ShadowAnswer } from './record.js';
import type { VerdictPolicy } from './verdict.js';

interface Answer {
  readonly category: string;
  /** Calibrated probability, 0 to 1. */
  readonly confidence: number;
  /** Milliseconds of the inference. */
  readonly inferMs: number;
}

/** An image that both models labelled. */
export interface TrialImage {
  /** Of the object. */
  readonly name: string;
  readonly active: Answer;
  readonly shadow: Answer;
  /** The category that a person chose or confirmed; null if nobody judged the image. */
  readonly truth: string | null;
}

/** A value for each model. */
export interface Both<T> {
  readonly active: T;
  readonly shadow: T;
}

/** Images that the active model calls `from` and the shadow `to`. */
export interface Flip {
  readonly from: string;
  readonly to: string;
  readonly n: number;
  /** Names of objects. */
  readonly examples: readonly string[];
}

/** Images that people judged. */
export interface JudgedFigures extends Both<{ readonly accuracy: number; readonly ece: number }> {
  readonly n: number;
  /** Accuracy of the shadow less that of the active model, and its 95 % bootstrap interval. */
  readonly difference: number;
  readonly interval: readonly [low: number, high: number];
  /** By the category that people chose, most images first. */
  readonly classes: readonly ({ readonly category: string; readonly n: number } & Both<number>)[];
}

export interface TrialFigures {
  readonly images: number;
  /** Share of the images that both models give the same category; null without images. */
  readonly agreement: number | null;
  /** Most frequent first. */
  readonly flips: readonly Flip[];
  /** Medians of the inference, in milliseconds. */
  readonly inferMs: Both<number> | null;
  readonly judged: JudgedFigures | null;
}

/** The part of the figures that a rollout keeps. */
export interface TrialEvidence {
  readonly images: number;
  readonly agreement: number;
  readonly judged: number;
  readonly activeAccuracy: number | null;
  readonly shadowAccuracy: number | null;
  readonly interval: readonly [low: number, high: number] | null;
}

const EXAMPLES = 3;
const RESAMPLES = 2_000;

/** @param random numbers in [0, 1), for the bootstrap */
export function trialFigures(images: readonly TrialImage[], random: () => number): TrialFigures {
  const judged = images.filter(isJudged);
  return {
    images: images.length,
    agreement: images.length === 0 ? null : mean(images, agree),
    flips: flipsOf(images.filter((image) => !agree(image))),
    inferMs:
      images.length === 0 ? null : both((model) => median(images.map((image) => image[model].inferMs))),
    judged: judged.length === 0 ? null : judgedFigures(judged, random),
  };
}

/** @returns null if the trial has no images */
export function evidenceOf({ images, agreement, judged }: TrialFigures): TrialEvidence | null {
  if (agreement === null) return null;
  return {
    images,
    agreement,
    judged: judged?.n ?? 0,
    activeAccuracy: judged?.active.accuracy ?? null,
    shadowAccuracy: judged?.shadow.accuracy ?? null,
    interval: judged?.interval ?? null,
  };
}

/** Whether the model on trial labels this image too: the ids of images are digests, evenly distributed. */
export function isSampled(imageId: ImageId, share: number): boolean {
  return Buffer.from(imageId.slice(0, 8), 'base64url').readUIntBE(0, 6) / 2 ** 48 < share;
}

/** Marks an answer for review if it is another category than that of the active model, and sure enough for use without review. */
export function markedAnswer(
  answer: ShadowAnswer,
  category: string,
  { autoProcessAt }: Pick<VerdictPolicy, 'autoProcessAt'>,
): ShadowAnswer {
  const disputes = answer.category !== category && answer.confidence >= autoProcessAt;
  return disputes ? { ...answer, disputes } : answer;
}

type JudgedTrialImage = TrialImage & { readonly truth: string };
type Role = keyof Both<unknown>;

function isJudged(image: TrialImage): image is JudgedTrialImage {
  return image.truth !== null;
}

function judgedFigures(images: readonly JudgedTrialImage[], random: () => number): JudgedFigures {
  const accuracy = both((model) => mean(images, (image) => isRight(image, model)));
  const differences = images.map(
    (image) => Number(isRight(image, 'shadow')) - Number(isRight(image, 'active')),
  );
  return {
    n: images.length,
    ...both((model) => ({ accuracy: accuracy[model], ece: calibrationErrorOf(images, model) })),
    difference: accuracy.shadow - accuracy.active,
    interval: bootstrapInterval(differences, random),
    classes: classesOf(images),
  };
}

function calibrationErrorOf(images: readonly JudgedTrialImage[], model: Role): number {
  const answers = images.map(({ truth, [model]: { category, confidence } }) => ({
    truth,
    predicted: category,
    confidence,
  }));
  return expectedCalibrationError(answers) ?? 0;
}

function classesOf(images: readonly JudgedTrialImage[]): JudgedFigures['classes'] {
  return [...groupedBy(images, ({ truth }) => truth)]
    .map(([category, members]) => ({
      category,
      n: members.length,
      ...both((model) => mean(members, (image) => isRight(image, model))),
    }))
    .sort((a, b) => b.n - a.n || (a.category < b.category ? -1 : 1));
}

function flipsOf(images: readonly TrialImage[]): readonly Flip[] {
  const pairs = groupedBy(images, ({ active, shadow }) => JSON.stringify([active.category, shadow.category]));
  return [...pairs.values()]
    .flatMap((members) => {
      const [first] = members;
      if (first === undefined) return [];
      const examples = members.slice(0, EXAMPLES).map(({ name }) => name);
      return { from: first.active.category, to: first.shadow.category, n: members.length, examples };
    })
    .sort((a, b) => b.n - a.n || (`${a.from}\0${a.to}` < `${b.from}\0${b.to}` ? -1 : 1));
}

/** The middle 95 % of the means of samples with replacement. @param values at least one */
export function bootstrapInterval(
  values: readonly number[],
  random: () => number,
): readonly [low: number, high: number] {
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let draw = 0; draw < values.length; draw += 1)
      sum += values[Math.floor(random() * values.length)] ?? 0;
    return sum / values.length;
  }).sort((a, b) => a - b);
  const at = (share: number) => means[Math.floor(share * (RESAMPLES - 1))] ?? 0;
  return [at(0.025), at(0.975)];
}

function both<T>(of: (model: Role) => T): Both<T> {
  return { active: of('active'), shadow: of('shadow') };
}

function groupedBy<T>(values: readonly T[], keyOf: (value: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return groups;
}

function agree({ active, shadow }: TrialImage): boolean {
  return active.category === shadow.category;
}

function isRight({ truth, ...answers }: JudgedTrialImage, model: Role): boolean {
  return answers[model].category === truth;
}

function mean<T>(values: readonly T[], counts: (value: T) => boolean): number {
  return values.filter(counts).length / values.length;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
