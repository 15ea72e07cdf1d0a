import { readFile } from 'node:fs/promises';
import {
  type DeliveredImage,
  type DeliveryFigures,
  deliveryFigures,
  NONE_OF_THE_LABELS,
} from '@hangtag/shared/domain/delivery-figures.js';
import { type Evaluation, evaluate, type JudgedImage } from '@hangtag/shared/domain/evaluation.js';
import type { MeasuredImage } from '@hangtag/shared/domain/precision-guarantee.js';
import { DEFAULT_VERDICT_POLICY, judge } from '@hangtag/shared/domain/verdict.js';
import { ImageError } from '@hangtag/shared/errors.js';
import type { Classifier, Prediction } from '@hangtag/shared/ports/classifier.js';
import type { ImageIndex } from './image-index.js';
import type { LabelledName } from './labelled-files.js';

/** The figures in the output file. */
export interface EvaluationReport extends Evaluation {
  /** Milliseconds per picture, on average. */
  readonly ms: { readonly decode: number; readonly infer: number };
  /** What is done, right and wrong, and what goes to review, by source. */
  readonly delivered: Readonly<Record<string, DeliveryFigures>>;
}

export interface EvaluationRun {
  readonly report: EvaluationReport;
  /** Those that the model does not call "none of the labels". */
  readonly measured: readonly MeasuredImage[];
  /** Rows that could not be counted, with the reason. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

export interface EvaluationInput {
  readonly classifier: Classifier;
  readonly labels: readonly string[];
  readonly rows: readonly LabelledName[];
  readonly images: ImageIndex;
  readonly onProgress: () => void;
}

/** Evaluates one picture after the other, so that the milliseconds are those of a single picture. */
export async function runEvaluation(input: EvaluationInput): Promise<EvaluationRun> {
  const judged: JudgedImage[] = [];
  const delivered: DeliveredImage[] = [];
  const measured: MeasuredImage[] = [];
  const leftOut: { name: string; reason: string }[] = [];
  const total = { decode: 0, infer: 0 };
  for (const row of input.rows) {
    const { name, label: truth, source } = row;
    const outcome = await predict(input, row);
    if (typeof outcome === 'string') {
      leftOut.push({ name, reason: outcome });
    } else {
      const verdict = judge(outcome, DEFAULT_VERDICT_POLICY);
      const { category: predicted, confidence, tier } = verdict;
      if (truth !== NONE_OF_THE_LABELS) judged.push({ truth, predicted, confidence, tier });
      delivered.push({ truth, source, verdict });
      const { unknown, background = 'other' } = outcome;
      if (!unknown) measured.push({ background, confidence, isRight: predicted === truth });
      total.decode += outcome.decodeMs;
      total.infer += outcome.inferMs;
    }
    input.onProgress();
  }
  const n = Math.max(delivered.length, 1);
  const ms = { decode: total.decode / n, infer: total.infer / n };
  const report = { ...evaluate(judged, input.labels), ms, delivered: deliveryFigures(delivered) };
  return { report, measured, leftOut };
}

/** A prediction, or the reason why the picture has none. */
async function predict(
  { classifier, labels, images }: EvaluationInput,
  { name, label }: LabelledName,
): Promise<Prediction | string> {
  if (label !== NONE_OF_THE_LABELS && !labels.includes(label)) return `the model has no label ${label}`;
  const path = images.find(name);
  if (path === undefined) return 'no such file';
  try {
    return await classifier.classify(await readFile(path));
  } catch (error) {
    if (error instanceof ImageError) return error.code;
    throw error;
  }
}
