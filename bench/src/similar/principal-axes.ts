/** The principal axes of vectors, by orthogonal iteration: the same vectors give the same axes. */

/** A row of numbers for each vector. */
export interface Rows {
  readonly inputs: number;
  readonly values: Float32Array;
}

const ROUNDS = 25;

/** @returns one row for each axis, the one along which the vectors are largest first */
export function principalAxes(rows: Rows, count: number): Float32Array {
  const moment = secondMoment(rows);
  let axes = firstAxes(moment, count);
  for (let round = 0; round < ROUNDS; round += 1) axes = orthonormal(axes.map((axis) => times(moment, axis)));
  const { inputs } = rows;
  const result = new Float32Array(count * inputs);
  for (const [index, axis] of axes.entries()) result.set(axis, index * inputs);
  return result;
}

/** The mean of the products of each pair of numbers, as rows. */
function secondMoment({ inputs, values }: Rows): readonly Float64Array[] {
  const moment = Array.from({ length: inputs }, () => new Float64Array(inputs));
  for (let from = 0; from < values.length; from += inputs) {
    const vector = values.subarray(from, from + inputs);
    for (const [row, factor] of vector.entries()) addProducts(moment[row], factor, vector);
  }
  return moment;
}

function addProducts(sums: Float64Array | undefined, factor: number, vector: Float32Array): void {
  if (sums === undefined || factor === 0) return;
  for (let column = 0; column < vector.length; column += 1)
    sums[column] = (sums[column] ?? 0) + factor * (vector[column] ?? 0);
}

/** The rows of the numbers that vary most. */
function firstAxes(moment: readonly Float64Array[], count: number): readonly Float64Array[] {
  const order = moment.map((row, index) => ({ row, size: row[index] ?? 0 }));
  order.sort((one, other) => other.size - one.size);
  return orthonormal(order.slice(0, count).map(({ row }) => row));
}

function times(matrix: readonly Float64Array[], vector: Float64Array): Float64Array {
  return Float64Array.from(matrix, (row) => product(row, vector));
}

/** Gram-Schmidt. */
function orthonormal(vectors: readonly Float64Array[]): readonly Float64Array[] {
  const basis: Float64Array[] = [];
  for (const vector of vectors) {
    const rest = vector.slice();
    for (const axis of basis) addScaled(rest, -product(rest, axis), axis);
    const length = Math.sqrt(product(rest, rest)) || 1;
    basis.push(rest.map((value) => value / length));
  }
  return basis;
}

function product(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < one.length; at += 1) sum += (one[at] ?? 0) * (other[at] ?? 0);
  return sum;
}

function addScaled(sum: Float64Array, factor: number, vector: Float64Array): void {
  for (let at = 0; at < sum.length; at += 1) sum[at] = (sum[at] ?? 0) + factor * (vector[at] ?? 0);
}
