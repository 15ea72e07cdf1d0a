/** Ranges of object names, ordered by their UTF-8 bytes as buckets and Firestore order them. */
import { afterPrefix, compareUtf8 } from './utf8-order.js';

/** Half-open range of object names of one bucket. `to` absent: to the end. */
export interface NameRange {
  readonly bucket: string;
  readonly from: string;
  readonly to?: string;
}

/** Exactly the names that begin with the prefix: the prefix itself is the first of them. */
export function prefixRange(bucket: string, prefix: string): NameRange {
  return rangeOf(bucket, prefix, afterPrefix(prefix));
}

export function rangeOf(bucket: string, from: string, to: string | undefined): NameRange {
  return to === undefined ? { bucket, from } : { bucket, from, to };
}

export function isWithin(name: string, { from, to }: NameRange): boolean {
  return compareUtf8(name, from) >= 0 && (to === undefined || compareUtf8(name, to) < 0);
}
