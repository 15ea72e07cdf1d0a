/**
 * Prototypes: each is the mean of the embeddings of several alike pictures of one label (k-means). They stand for the pictures that a
 * model was made from, where these are not at hand or must not be kept.
 */
import { countOf, type Examples, rowOf, select } from './examples.js';

const MOST_OF_A_LABEL = 24;
/** Of the centres that say how usual a picture is. Each picture is compared with all of them. */
export const CENTRES_OF_A_LABEL = 6;
/** A prototype is the mean of this many pictures, on average, or of more. */
const PICTURES_EACH = 4;
/** A mean of fewer would be nearly a picture itself. */
const LEAST_PICTURES = 3;
const ROUNDS = 4;
/** More pictures of a label do not change its prototypes much, and take longer. */
const MOST_PICTURES = 600;

/** @param most prototypes of one label */
export function prototypesOf(examples: Examples, most = MOST_OF_A_LABEL): Examples {
  const labels = [...new Set(examples.labels)].sort((a, b) => a - b);
  const means = labels.flatMap((label) => {
    const members = [...examples.labels.keys()].filter((index) => examples.labels[index] === label);
    const pictures = select(examples, evenly(members, MOST_PICTURES));
    return meansOf(pictures, most).map((mean) => ({ label, mean }));
  });
  const embeddings = new Float32Array(means.length * examples.inputs);
  for (const [at, { mean }] of means.entries()) embeddings.set(mean, at * examples.inputs);
  return { inputs: examples.inputs, embeddings, labels: Int32Array.from(means, ({ label }) => label) };
}

/** At most `most` of them, evenly spread. */
export function evenly<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, at) => items[Math.floor((at * items.length) / most)] as T);
}

function meansOf(examples: Examples, most: number): readonly Float32Array[] {
  const all = Array.from({ length: countOf(examples) }, (_, index) => rowOf(examples, index));
  const count = Math.min(most, Math.ceil(all.length / PICTURES_EACH));
  let means: readonly Float32Array[] = evenly(all, count);
  for (let round = 0; round < ROUNDS; round += 1)
    means = clustersOf(all, means).flatMap((rows) => meanOf(rows) ?? []);
  const large = clustersOf(all, means).filter((rows) => rows.length >= LEAST_PICTURES);
  return (large.length === 0 ? [all] : large).flatMap((rows) => meanOf(rows) ?? []);
}

/** The rows that are nearest to each mean. */
function clustersOf(all: readonly Float32Array[], means: readonly Float32Array[]): readonly Float32Array[][] {
  const clusters: Float32Array[][] = means.map(() => []);
  for (const row of all) clusters[nearestOf(row, means)]?.push(row);
  return clusters;
}

function nearestOf(row: Float32Array, means: readonly Float32Array[]): number {
  let [nearest, least] = [0, Number.POSITIVE_INFINITY];
  for (const [index, mean] of means.entries()) {
    let distance = 0;
    for (let at = 0; at < row.length && distance < least; at += 1)
      distance += ((row[at] as number) - (mean[at] as number)) ** 2;
    if (distance < least) [nearest, least] = [index, distance];
  }
  return nearest;
}

function meanOf(rows: readonly Float32Array[]): Float32Array | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  const sums = new Float64Array(first.length);
  for (const row of rows) for (const [at, value] of row.entries()) sums[at] = (sums[at] ?? 0) + value;
  return Float32Array.from(sums, (sum) => sum / rows.length);
}
