/**
 * Checks by two numbers whether the records of a range of names match the objects listed in it: the number of records, and the
 * sum of their fingerprints. Both are additive: the digest of one half of a range, subtracted from that of the whole, gives the
 * digest of the other half. If exactly one record is missing, the difference of the sums is its fingerprint.
 *
 * Two different sets of 40-bit fingerprints have equal sums about once in 10^12. Sums of up to 8,192 fingerprints are exact
 * in a double; a listed page has at most 1,000 objects, so a range with more records differs from it by its count.
 */
import { checkOf, type ObjectVersion } from './identity.js';

/** Count and sum of the present records of a range. */
export interface RangeDigest {
  readonly count: number;
  /** Sum of `check`. */
  readonly sum: number;
}

/** A listed object with its fingerprint, computed once. */
export interface Fingerprinted<T extends ObjectVersion> {
  readonly object: T;
  readonly check: number;
}

export function fingerprint<T extends ObjectVersion>(object: T): Fingerprinted<T> {
  return { object, check: checkOf(object.name, object.generation) };
}

/** The digest that the records of these objects should have. */
export function digestOf(listed: readonly { readonly check: number }[]): RangeDigest {
  return { count: listed.length, sum: listed.reduce((sum, { check }) => sum + check, 0) };
}

export function isSameDigest(a: RangeDigest, b: RangeDigest): boolean {
  return a.count === b.count && a.sum === b.sum;
}

/** The digest of a range without one of its parts. */
export function subtract(whole: RangeDigest, part: RangeDigest): RangeDigest {
  return { count: whole.count - part.count, sum: whole.sum - part.sum };
}

/** The object whose record is missing, if exactly one is missing and nothing else differs. */
export function loneMissing<T extends ObjectVersion>(
  listed: readonly Fingerprinted<T>[],
  found: RangeDigest,
): T | undefined {
  const lacking = subtract(digestOf(listed), found);
  if (lacking.count !== 1) return undefined;
  return listed.find(({ check }) => check === lacking.sum)?.object;
}
