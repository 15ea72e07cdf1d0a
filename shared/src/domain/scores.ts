/**
 * From the raw outputs of a network to calibrated labels. Pure: the parameters come from the model's manifest.
 * Outputs of the kind `probabilities` are first converted to logits, so the same rule applies to both kinds.
 */
import type { Background } from './precision-guarantee.js';

export interface LabelProbability {
  readonly label: string;
  /** 0 to 1. */
  readonly score: number;
}

/** How a model shows that none of its labels applies; see `isUnknown`. */
export type Rejection =
  | { readonly score: 'extra-output'; readonly index: number; readonly threshold: number }
  | { readonly score: 'energy' | 'max-probability'; readonly threshold: number };

/** One number for each label: the logit of the highest probability is multiplied by `scale`, and `shift` is added. */
export interface LabelCurves {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

export interface ScoreRule {
  readonly labels: readonly string[];
  readonly kind: 'logits' | 'probabilities';
  /** Divides the logits before the softmax: above 1 makes the model less sure of itself. */
  readonly temperature: number;
  readonly topLabel?: Readonly<Record<Background, LabelCurves>> | undefined;
  readonly rejection: Rejection | null;
}

/** Lower probabilities count as this one, so that their logarithm is finite. */
const SMALLEST_PROBABILITY = 1e-12;
/** By which the best label stays above the second after a correction. */
const MARGIN = 1e-9;

/** Calibrated probabilities over the labels, highest first (the label's own order among equals); they sum to 1. */
export function rankLabels(
  outputs: readonly number[],
  rule: ScoreRule,
  background: Background = 'other',
): readonly LabelProbability[] {
  const logits = toLogits(outputs, rule.kind).slice(0, rule.labels.length);
  const probabilities = calibrated(softmax(logits, rule.temperature), rule.topLabel?.[background]);
  return rule.labels
    .map((label, index) => ({ label, score: probabilities[index] ?? 0 }))
    .sort((a, b) => b.score - a.score);
}

/**
 * Top-label calibration (Gupta and Ramdas, arXiv:2107.08353): a network is too sure of some labels and not of others, so the
 * probability of the best label is corrected by the curve of this label. The best label stays the best, and the others keep their proportions.
 */
function calibrated(probabilities: readonly number[], curves: LabelCurves | undefined): readonly number[] {
  if (curves === undefined) return probabilities;
  const highest = Math.max(...probabilities);
  const best = probabilities.indexOf(highest);
  const others = probabilities.filter((_, index) => index !== best);
  const rest = others.reduce((sum, each) => sum + each, 0);
  if (rest === 0) return probabilities;
  const second = Math.max(...others);
  const logit = (curves.shift[best] ?? 0) + (curves.scale[best] ?? 1) * Math.log(highest / rest);
  const corrected = Math.max(1 / (1 + Math.exp(-logit)), second / (rest + second) + MARGIN);
  return probabilities.map((each, index) => (index === best ? corrected : (each * (1 - corrected)) / rest));
}

/**
 * Whether the model's rejection score is beyond its threshold. The first two scores ignore the temperature, and all of them the
 * top-label calibration, as their thresholds were chosen without it.
 *
 * - `extra-output`: the softmax over all outputs, at `index`, is above it.
 * - `energy`: the energy, minus the logarithm of the summed exponentials of the label logits, is above it.
 * - `max-probability`: the largest calibrated probability is below it.
 */
export function isUnknown(outputs: readonly number[], rule: ScoreRule): boolean {
  const { rejection } = rule;
  if (rejection === null) return false;
  const logits = toLogits(outputs, rule.kind);
  switch (rejection.score) {
    case 'extra-output':
      return (softmax(logits, 1)[rejection.index] ?? 0) > rejection.threshold;
    case 'energy':
      return -logSumExp(logits.slice(0, rule.labels.length)) > rejection.threshold;
    case 'max-probability':
      return (
        Math.max(...softmax(logits.slice(0, rule.labels.length), rule.temperature)) < rejection.threshold
      );
  }
}

export function softmax(logits: readonly number[], temperature: number): readonly number[] {
  const highest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp((logit - highest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function logSumExp(logits: readonly number[]): number {
  const highest = Math.max(...logits);
  return highest + Math.log(logits.reduce((total, logit) => total + Math.exp(logit - highest), 0));
}

function toLogits(outputs: readonly number[], kind: ScoreRule['kind']): readonly number[] {
  if (kind === 'logits') return outputs;
  return outputs.map((probability) => Math.log(Math.max(probability, SMALLEST_PROBABILITY)));
}
