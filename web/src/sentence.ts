import { objectOf } from './image.js';

/** By key: sentences with names of values, such as `{failed} of {processed}`. */
export type Sentences = Readonly<Record<string, readonly string[]>>;

/**
 * The first sentence for this key of which all values are known.
 *
 * @param values other people's data
 * @returns undefined without one
 */
export function sentenceOf(
  sentences: Sentences,
  key: string,
  values: unknown,
  language: string,
): string | undefined {
  const known = objectOf(values);
  if (known === null || !Object.hasOwn(sentences, key)) return undefined;
  return sentences[key]
    ?.map((sentence) => filled(sentence, known, language))
    .find((sentence) => sentence !== undefined);
}

function filled(
  sentence: string,
  values: Readonly<Record<string, unknown>>,
  language: string,
): string | undefined {
  const parts = sentence.split(/\{(\w+)\}/).map((part, index) => {
    // Names stand between the other parts.
    const value = index % 2 === 0 ? part : values[part];
    return typeof value === 'number' ? value.toLocaleString(language, { maximumFractionDigits: 6 }) : value;
  });
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}
