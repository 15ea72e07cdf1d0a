/** A second opinion: what a large vision model says of an image that waits for a person. It is a suggestion and never a label. */
import type { Generation } from './generation.js';
import type { ImageRecord, Opinion } from './record.js';
import { type Decision, nothing } from './transitions.js';

/** Tokens of one request, as the endpoint counts them. */
export interface TokenUse {
  readonly input: number;
  readonly output: number;
}

/** US dollars for a million tokens. */
export type TokenPrices = TokenUse;

export function usdOf({ input, output }: TokenUse, prices: TokenPrices): number {
  return (input * prices.input + output * prices.output) / 1_000_000;
}

/** Whether a person should look at this generation, and it has no opinion yet. */
export function lacksOpinion(record: ImageRecord, generation: Generation): boolean {
  const { status, correction, opinion } = record;
  return (
    record.generation === generation &&
    status === 'review' &&
    correction?.generation !== generation &&
    opinion?.generation !== generation
  );
}

/** Writes beside the labels, and only while a person has not judged the image. */
export function onOpinion(current: ImageRecord | undefined, opinion: Opinion): Decision {
  if (current === undefined) return nothing('erased');
  if (!lacksOpinion(current, opinion.generation)) return nothing('already-settled');
  return { kind: 'update', change: { set: { opinion } } };
}
