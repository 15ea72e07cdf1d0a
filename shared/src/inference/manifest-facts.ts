/**
 * Values that are derived from a checked manifest. This module does not contain the check, because a worker of the pool gets its
 * manifest from its parent and must not load the schema library: with that library, a worker's heap was 3.4 MB larger, V8 marked it ten times as
 * often while pictures passed, and each picture took 15 % more processor time.
 */
import type { ScoreRule } from '../domain/scores.js';

/** What can run a model here. */
export const ENGINES = ['onnx', 'onnx-fp32', 'tfjs'] as const;
export type EngineName = (typeof ENGINES)[number];
/** Forms of a network that a model folder can have: `tflite` is for devices, and nothing here runs it. */
export const NETWORKS = [...ENGINES, 'tflite'] as const;
type EnginePaths = Readonly<Partial<Record<EngineName, string>>>;

/** The number of scores of the network: one for each label, and one more if the last score means "none of the labels". */
export function outputSize({ labels, rejection }: Pick<ScoreRule, 'labels' | 'rejection'>): number {
  return rejection?.score === 'extra-output' ? Math.max(labels.length, rejection.index + 1) : labels.length;
}

/** The default engine of a model: the first of `ENGINES` for which it has a file. */
export function engineOf({ engines }: { readonly engines: EnginePaths }): EngineName {
  return ENGINES.find((name) => engines[name] !== undefined) ?? ENGINES[0];
}
