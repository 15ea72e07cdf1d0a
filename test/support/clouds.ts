import type { Examples } from '@hangtag/shared/learning/examples.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';

export interface CloudsOptions {
  readonly labels: number;
  readonly each: number;
  readonly inputs: number;
  /** How far the examples of a label are from its centre; two centres are about 1 apart for each root of an input. */
  readonly spread: number;
  readonly seed: number;
  /** Leaves out as many examples of each label, so that a second set has the same centres. */
  readonly skip?: number;
}

/** Examples around one centre for each label. */
export function clouds({ labels, each, inputs, spread, seed, skip = 0 }: CloudsOptions): Examples {
  const random = mulberry32(seed);
  const centres = Array.from({ length: labels }, () => Array.from({ length: inputs }, () => random() * 2));
  const rows: number[] = [];
  const truths: number[] = [];
  for (let example = 0; example < (each + skip) * labels; example += 1) {
    const label = example % labels;
    const row = (centres[label] ?? []).map(
      (value) => value + spread * (random() + random() + random() - 1.5),
    );
    if (example < skip * labels) continue;
    rows.push(...row);
    truths.push(label);
  }
  return { inputs, embeddings: Float32Array.from(rows), labels: Int32Array.from(truths) };
}
