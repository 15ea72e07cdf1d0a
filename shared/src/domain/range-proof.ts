/**
 * Whether the records of a range of names are those of the objects listed in it, told from two numbers: how many
 * they are, and the sum of their fingerprints. Both add up, so the digest of one half gives that of the other by
 * subtraction, and a range that lacks exactly one record names it: what the sum lacks is its fingerprint.
 *
 * Two different sets of 40-bit fingerprints have equal sums about once in 10^12; the sums of up to 8,192 of them are
 * exact in a double. Beyond that the counts differ from any listed page's, and so does the digest.
 */
import { checkOf, type ObjectVersion } from './identity.js';

/** Of a range's present records. */
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

/** What the records of these objects should add up to. */
export function digestOf(listed: readonly { readonly check: number }[]): RangeDigest {
  return { count: listed.length, sum: listed.reduce((sum, { check }) => sum + check, 0) };
}

export function isSameDigest(a: RangeDigest, b: RangeDigest): boolean {
  return a.count === b.count && a.sum === b.sum;
}

/** The digest of what is left of a range when a part is taken away. */
export function subtract(whole: RangeDigest, part: RangeDigest): RangeDigest {
  return { count: whole.count - part.count, sum: whole.sum - part.sum };
}

/** The one object whose record is missing, where the digest says that exactly one is and nothing else differs. */
export function loneMissing<T extends ObjectVersion>(
  listed: readonly Fingerprinted<T>[],
  found: RangeDigest,
): T | undefined {
  const lacking = subtract(digestOf(listed), found);
  if (lacking.count !== 1) return undefined;
  return listed.find(({ check }) => check === lacking.sum)?.object;
}
