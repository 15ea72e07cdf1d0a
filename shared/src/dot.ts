/** Of a vector and the numbers of a table from a place on. */
export function dot(vector: Float32Array, table: Float32Array, from: number): number {
  let sum = 0;
  for (let at = 0; at < vector.length; at += 1) sum += (vector[at] ?? 0) * (table[from + at] ?? 0);
  return sum;
}
