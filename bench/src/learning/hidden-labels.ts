import { select } from '@hangtag/shared/learning/examples.js';
import type { Base } from '@hangtag/shared/learning/learn-head.js';

/** The base as if it had never had these labels: without their outputs and prototypes. */
export function withoutLabels(
  { knowledge, rejection }: Base,
  hidden: readonly string[],
): Pick<Base, 'knowledge' | 'rejection'> {
  const { head, prototypes } = knowledge;
  const kept = [...head.bias.keys()].filter((output) => !hidden.includes(head.labels[output] ?? ''));
  const weights = new Float32Array(kept.length * head.inputs);
  for (const [to, from] of kept.entries())
    weights.set(head.weights.subarray(from * head.inputs, (from + 1) * head.inputs), to * head.inputs);
  const chosen = select(
    prototypes,
    [...prototypes.labels.keys()].filter((at) => kept.includes(prototypes.labels[at] ?? 0)),
  );
  const labels = head.labels.filter((label) => !hidden.includes(label));
  return {
    knowledge: {
      head: { ...head, labels, weights, bias: Float32Array.from(kept, (output) => head.bias[output] ?? 0) },
      prototypes: { ...chosen, labels: chosen.labels.map((label) => kept.indexOf(label)) },
    },
    rejection: rejection?.score === 'extra-output' ? { ...rejection, index: labels.length } : rejection,
  };
}
