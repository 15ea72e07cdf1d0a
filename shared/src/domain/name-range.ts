/** Ranges of object names. Names are ordered by their UTF-8 bytes, as in buckets and in Firestore. */
import { afterPrefix, compareUtf8 } from './utf8-order.js';

/** A half-open range of object names in one bucket. `to` absent: all names from `from` on. */
export interface NameRange {
  readonly bucket: string;
  readonly from: string;
  readonly to?: string;
}

/** The names that begin with the prefix, the prefix itself included. */
export function prefixRange(bucket: string, prefix: string): NameRange {
  return rangeOf(bucket, prefix, afterPrefix(prefix));
}

export function rangeOf(bucket: string, from: string, to: string | undefined): NameRange {
  return to === undefined ? { bucket, from } : { bucket, from, to };
}

export function isWithin(name: string, { from, to }: NameRange): boolean {
  return compareUtf8(name, from) >= 0 && (to === undefined || compareUtf8(name, to) < 0);
}
