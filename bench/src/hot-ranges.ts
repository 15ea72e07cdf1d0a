/**
 * How evenly writes spread over an index: pure. Firestore splits an index into ranges of neighbouring entries, each served by one
 * machine. Values that only ever rise put every new entry behind the last, into one range, however often it was split.
 */
const RANGES = 256;

/**
 * @param entries of one index in the order in which they were written, each unlike all others
 * @returns the ranges hold an equal share of the first half each: the share of the second half that the busiest of them got, about
 *   1 / 256 where writes spread evenly, and 1 where one range takes everything
 */
export function hottestShare(entries: readonly string[], ranges = RANGES): number {
  const half = Math.floor(entries.length / 2);
  const settled = entries.slice(0, half).toSorted();
  const bounds = Array.from({ length: ranges - 1 }, (_, index) => {
    return settled[Math.floor(((index + 1) * settled.length) / ranges)] ?? '';
  });
  const counts = new Array<number>(ranges).fill(0);
  for (const entry of entries.slice(half)) {
    const range = rangeOf(entry, bounds);
    counts[range] = (counts[range] ?? 0) + 1;
  }
  return Math.max(...counts) / (entries.length - half);
}

/** The number of bounds that are not above it. */
function rangeOf(entry: string, bounds: readonly string[]): number {
  let [from, to] = [0, bounds.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((bounds[middle] ?? '') <= entry) from = middle + 1;
    else to = middle;
  }
  return from;
}
