/**
 * Vectors of one size with a key each, in one array. The search is exact. The first numbers of a projected vector have most of its
 * length, so most vectors are left out after these: by the inequality of Cauchy and Schwarz, the product of the remaining numbers is at most
 * the product of their lengths.
 */

import { dot } from '../../dot.js';

export interface Hit<Key> {
  readonly key: Key;
  readonly score: number;
}

/** Numbers of a vector that are compared first. */
const HEAD = 32;
/** Of sums in single precision. */
const ROUNDING = 1e-5;

export class VectorTable<Key extends string | number> {
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
    const [heads, tails] = [wanted.subarray(0, HEAD), wanted.subarray(HEAD)];
    for (let place = 0; place < this.#keys.length; place += 1) {
      const from = place * this.#size;
      const head = dot(heads, this.#values, from);
      if (head + tail * ((this.#tails[place] ?? 0) + ROUNDING) < least) continue;
      const score = head + dot(tails, this.#values, from + HEAD);
      const key = this.#keys[place];
      if (key === undefined || score <= least || !accepts(key)) continue;
      const better = hits.findIndex((hit) => hit.score < score);
      hits.splice(better === -1 ? hits.length : better, 0, { key, score });
      hits.length = Math.min(hits.length, limit);
      if (hits.length === limit) least = hits.at(-1)?.score ?? least;
    }
    return hits;
  }
}

function lengthOf(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function grown(values: Float32Array): Float32Array {
  const larger = new Float32Array(values.length * 2);
  larger.set(values);
  return larger;
}
