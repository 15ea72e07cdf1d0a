/**
 * The generation of an object: a decimal string of up to 19 digits, compared as an integer. Generations in production have 16
 * digits (microseconds) and fit a double, but this is not guaranteed.
 */
export type Generation = string & { readonly __brand: 'Generation' };

const DECIMAL = /^(0|[1-9]\d{0,18})$/;

/** @throws {TypeError} the value is not a decimal integer of at most 19 digits. */
export function parseGeneration(value: unknown): Generation {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (isGeneration(text)) return text;
  throw new TypeError(
    `Expected a decimal integer for generation but received ${String(value)} of type ${typeof value}`,
  );
}

/** As the condition of a write: the object does not exist. */
export const NO_GENERATION = parseGeneration('0');

export function isGeneration(value: unknown): value is Generation {
  return typeof value === 'string' && DECIMAL.test(value);
}

/** Negative if a is older than b, 0 if equal, positive if newer. */
export function compareGenerations(a: Generation, b: Generation): number {
  // There are no leading zeros, so the longer number is larger, and numbers of equal length are ordered like text.
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
