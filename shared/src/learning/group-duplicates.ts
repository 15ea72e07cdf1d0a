/**
 * Groups of pictures that show the same: their embeddings, minus the mean of all, point in nearly the same direction. Such pictures must
 * not be on both sides of a test, and must not have different labels.
 */
import { countOf, type Examples, rowOf } from './examples.js';

/**
 * Cosine from which two embeddings are duplicates. Among 3,000 product photos, 37 of the 38 pairs of known duplicates and no other pair
 * are above 0.98; all 38 and 5 others are above 0.97.
 */
const SAME_FROM_COSINE = 0.975;
const CHUNK = 64;

/** @returns for each example the index of the first one of its group */
export function groupDuplicates(examples: Examples): Int32Array {
  const rows = unitRows(examples);
  const order = [...rows.keys()].sort((a, b) => (rows[a]?.[0] ?? 0) - (rows[b]?.[0] ?? 0) || a - b);
  const parents = Int32Array.from(rows.keys());
  const farthest = 2 * (1 - SAME_FROM_COSINE);
  for (const [place, one] of order.entries())
    for (let next = place + 1; next < order.length; next += 1) {
      const other = order[next] ?? 0;
      const [row, candidate] = [rows[one], rows[other]];
      if (row === undefined || candidate === undefined) break;
      // The first number is a projection: two points are never nearer than their projections are.
      if (((candidate[0] ?? 0) - (row[0] ?? 0)) ** 2 > farthest) break;
      if (isWithin(row, candidate, farthest)) unite(parents, one, other);
    }
  return parents.map((_, index) => rootOf(parents, index));
}

/** The indices of each group. */
export function membersOf(groups: Int32Array): readonly (readonly number[])[] {
  const members = new Map<number, number[]>();
  for (const [index, group] of groups.entries()) members.set(group, [...(members.get(group) ?? []), index]);
  return [...members.values()];
}

/**
 * For each example: the projection on one direction in which the examples differ, then the embedding minus the mean of all, scaled to
 * length 1.
 */
function unitRows(examples: Examples): Float64Array[] {
  const { inputs } = examples;
  const count = countOf(examples);
  const mean = new Float64Array(inputs);
  for (let index = 0; index < count; index += 1)
    for (const [input, value] of rowOf(examples, index).entries())
      mean[input] = (mean[input] ?? 0) + value / count;
  const axis = new Float64Array(inputs);
  const rows = Array.from({ length: count }, (_, index) => {
    const row = new Float64Array(inputs + 1);
    let squares = 0;
    for (const [input, value] of rowOf(examples, index).entries()) {
      const away = value - (mean[input] ?? 0);
      row[input + 1] = away;
      squares += away * away;
    }
    const length = Math.sqrt(squares) || 1;
    for (let at = 1; at <= inputs; at += 1) row[at] = (row[at] ?? 0) / length;
    return row;
  });
  // The direction: the sum of all rows, each turned to the side of the first one.
  const [first] = rows;
  for (const row of rows) {
    const side = Math.sign(product(row, first ?? row, 1));
    for (let input = 0; input < inputs; input += 1)
      axis[input] = (axis[input] ?? 0) + side * (row[input + 1] ?? 0);
  }
  const length = Math.hypot(...axis) || 1;
  for (const row of rows) {
    let projection = 0;
    for (let input = 0; input < inputs; input += 1)
      projection += ((axis[input] ?? 0) / length) * (row[input + 1] ?? 0);
    row[0] = projection;
  }
  return rows;
}

function product(one: Float64Array, other: Float64Array, from: number): number {
  let sum = 0;
  for (let at = from; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}

/** Stops as soon as the distance is too large, which it is for nearly all pairs after a few numbers. */
function isWithin(one: Float64Array, other: Float64Array, farthest: number): boolean {
  let distance = 0;
  for (let at = 1; at < one.length; at += CHUNK) {
    const end = Math.min(at + CHUNK, one.length);
    for (let index = at; index < end; index += 1) {
      const difference = (one[index] as number) - (other[index] as number);
      distance += difference * difference;
    }
    if (distance > farthest) return false;
  }
  return true;
}

function unite(parents: Int32Array, one: number, other: number): void {
  const [a, b] = [rootOf(parents, one), rootOf(parents, other)];
  parents[Math.max(a, b)] = Math.min(a, b);
}

function rootOf(parents: Int32Array, index: number): number {
  let root = index;
  while (parents[root] !== root) root = parents[root] ?? root;
  return root;
}
