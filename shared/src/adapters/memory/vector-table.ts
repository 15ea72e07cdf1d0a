/**
 * Vectors of one size with a key each, in one array. The search is exact. The first numbers of a projected vector have most of its
 * length, so most vectors are left out after these: by the inequality of Cauchy and Schwarz, the product of the remaining numbers is at most
 * the product of their lengths.
 */

export interface Hit<Key> {
  readonly key: Key;
  readonly score: number;
}

/** Numbers of a vector that are compared first. */
const HEAD = 64;
/** Of sums in single precision. */
const ROUNDING = 1e-5;

export class VectorTable<Key> {
  readonly #size: number;
  readonly #keys: Key[] = [];
  readonly #places = new Map<Key, number>();
  #values: Float32Array;
  /** The length of the numbers after the head, by place. */
  #tails: number[] = [];

  constructor(size: number) {
    this.#size = size;
    this.#values = new Float32Array(size);
  }

  put(key: Key, vector: readonly number[]): void {
    const place = this.#places.get(key) ?? this.#keys.length;
    const capacity = this.#values.length / this.#size;
    if (place === capacity) this.#values = grown(this.#values);
    this.#keys[place] = key;
    this.#places.set(key, place);
    this.#values.set(vector, place * this.#size);
    this.#tails[place] = lengthOf(vector.slice(HEAD));
  }

  /** The last vector takes the place of the removed one. */
  remove(key: Key): void {
    const place = this.#places.get(key);
    const last = this.#keys.pop();
    if (place === undefined || last === undefined) return;
    this.#places.delete(key);
    const tail = this.#tails.pop() ?? 0;
    if (last === key) return;
    this.#keys[place] = last;
    this.#places.set(last, place);
    this.#tails[place] = tail;
    const from = this.#keys.length * this.#size;
    this.#values.copyWithin(place * this.#size, from, from + this.#size);
  }

  /** The keys with the largest dot products, the largest first. */
  nearest(vector: readonly number[], limit: number, accepts: (key: Key) => boolean): readonly Hit<Key>[] {
    const wanted = Float32Array.from(vector);
    const tail = lengthOf(vector.slice(HEAD)) + ROUNDING;
    const hits: Hit<Key>[] = [];
    let least = Number.NEGATIVE_INFINITY;
    for (const [place, key] of this.#keys.entries()) {
      const from = place * this.#size;
      const head = dotOf(wanted, this.#values, { from, start: 0, end: Math.min(HEAD, this.#size) });
      if (head + tail * ((this.#tails[place] ?? 0) + ROUNDING) < least) continue;
      const score = head + dotOf(wanted, this.#values, { from, start: HEAD, end: this.#size });
      if (score <= least || !accepts(key)) continue;
      const better = hits.findIndex((hit) => hit.score < score);
      hits.splice(better === -1 ? hits.length : better, 0, { key, score });
      hits.length = Math.min(hits.length, limit);
      if (hits.length === limit) least = hits.at(-1)?.score ?? least;
    }
    return hits;
  }
}

interface Part {
  /** Place of the vector in the table. */
  readonly from: number;
  /** Numbers of the vector. */
  readonly start: number;
  readonly end: number;
}

function dotOf(vector: Float32Array, table: Float32Array, { from, start, end }: Part): number {
  let sum = 0;
  for (let at = start; at < end; at += 1) sum += (vector[at] ?? 0) * (table[from + at] ?? 0);
  return sum;
}

function lengthOf(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function grown(values: Float32Array): Float32Array {
  const larger = new Float32Array(values.length * 2);
  larger.set(values);
  return larger;
}
