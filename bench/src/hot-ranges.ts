/**
 * How evenly writes are distributed over an index. Pure. Firestore splits an index into ranges of neighbouring
 * entries, and one machine serves each range. Values that only increase put every new entry into the last
 * range, however often it was split.
 */
const RANGES = 256;

/**
 * @param entries of one index in the order of their writes, all different
 * @param writes of documents that made the entries; some made none in this index
 * @returns ranges are formed so that each has an equal share of the first half of the entries. The result is the
 * number of the second half in the busiest range, divided by half of the writes: about 1 / 256 if each write makes
 * one entry and they are evenly distributed, 1 if one range gets all of them
 */
export function hottestShare(entries: readonly string[], writes = entries.length, ranges = RANGES): number {
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
  return Math.max(...counts) / (writes - Math.floor(writes / 2));
}

/** The number of bounds that are less than or equal to it. */
function rangeOf(entry: string, bounds: readonly string[]): number {
  let [from, to] = [0, bounds.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((bounds[middle] ?? '') <= entry) from = middle + 1;
    else to = middle;
  }
  return from;
}
