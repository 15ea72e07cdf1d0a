/** The card of a learned model: what it was made from, and how good it is. */
import type { Manifest } from '../inference/manifest.js';
import { figuresTable } from './figures-table.js';
import type { Learned } from './learn-head.js';

export interface CardFacts {
  readonly base: Manifest;
  readonly learned: Learned;
  readonly id: string;
  /** Pictures that the model was made from. */
  readonly n: number;
}

export function cardOf({ base, learned, id, n }: CardFacts, version: string): string {
  const { contradictions, duplicates, penalty, temperature, rejection } = learned;
  return `# ${id} ${version}

Labels a picture with one of: ${learned.head.labels.join(', ')}.

It has the backbone of ${base.id} ${base.version} and a head that \`npm run learn\` fitted to ${n} pictures: multinomial logistic
regression with a penalty (L2) of ${penalty}. Duplicates of other pictures: ${duplicates}. ${contradictions.length} groups of
duplicates have different labels and were left out.

## Accuracy

\`\`\`
${figuresTable(learned)}
\`\`\`

Duplicates are always in the same part of the cross-validation. The expected calibration error is ${learned.after.ece?.toFixed(4) ?? '-'} at the
temperature ${temperature}. A picture is called "none of the labels" by ${rejection.score}, from ${rejection.threshold}.

The folder contains no picture that it was made from. \`knowledge.safetensors\` contains means of the embeddings of several pictures each,
for the next learning.
`;
}
