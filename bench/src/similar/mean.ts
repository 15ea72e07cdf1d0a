import { countOf, type Examples } from '@hangtag/shared/learning/examples.js';

/** Of the embeddings. */
export function meanOf(examples: Examples): Float32Array {
  const sums = new Float64Array(examples.inputs);
  for (const [at, value] of examples.embeddings.entries()) {
    const input = at % examples.inputs;
    sums[input] = (sums[input] ?? 0) + value;
  }
  return Float32Array.from(sums, (sum) => sum / countOf(examples));
}
