/** Ranges of object names, ordered by their UTF-8 bytes as buckets and Firestore order them. */
import { compareUtf8 } from './utf8-order.js';

/** Half-open range of object names of one bucket. `to` absent: to the end. */
export interface NameRange {
  readonly bucket: string;
  readonly from: string;
  readonly to?: string;
}

/** Exactly the names that begin with the prefix: the prefix itself is the first of them. */
export function prefixRange(bucket: string, prefix: string): NameRange {
  return rangeOf(bucket, prefix, endOfPrefix(prefix));
}

export function rangeOf(bucket: string, from: string, to: string | undefined): NameRange {
  return to === undefined ? { bucket, from } : { bucket, from, to };
}

export function isWithin(name: string, { from, to }: NameRange): boolean {
  return compareUtf8(name, from) >= 0 && (to === undefined || compareUtf8(name, to) < 0);
}

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

/**
 * The first name after all names with the prefix; `undefined` where nothing comes after them. UTF-8 orders as
 * code points do, so it is the prefix with its last character raised by one; surrogates are no characters.
 */
function endOfPrefix(prefix: string): string | undefined {
  const characters = [...prefix];
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const point = last.codePointAt(0) ?? LAST_CODE_POINT;
    if (point === LAST_CODE_POINT) continue;
    const raised = point === BEFORE_SURROGATES ? AFTER_SURROGATES : point + 1;
    return characters.join('') + String.fromCodePoint(raised);
  }
  return undefined;
}
