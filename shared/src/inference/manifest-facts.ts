/**
 * What follows from a manifest that has been checked. It lies apart from the check: a worker of the pool gets its manifest
 * from its parent and never loads the schema library. With it, a worker's heap was 3.4 MB larger, V8 marked it ten times as
 * often while pictures passed, and each picture took 15 % more processor time.
 */
import type { ScoreRule } from '../domain/scores.js';

export const ENGINES = ['onnx', 'onnx-fp32', 'tfjs'] as const;
export type EngineName = (typeof ENGINES)[number];
type EnginePaths = Readonly<Partial<Record<EngineName, string>>>;

/** How many scores the network must give: one for each label, and one more where the last means "none of them". */
export function outputSize({ labels, rejection }: Pick<ScoreRule, 'labels' | 'rejection'>): number {
  return rejection?.score === 'extra-output' ? Math.max(labels.length, rejection.index + 1) : labels.length;
}

/** The engine that a model runs on unless another is asked for: the first in the order of `ENGINES` that it has a file for. */
export function engineOf({ engines }: { readonly engines: EnginePaths }): EngineName {
  return ENGINES.find((name) => engines[name] !== undefined) ?? ENGINES[0];
}
