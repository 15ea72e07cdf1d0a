/** Plants wrong labels among product photos, and prints how many of them are found by the vectors that records have. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Projection, parseProjection, project } from '@hangtag/shared/inference/projection.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { type Examples, rowOf } from '@hangtag/shared/learning/examples.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { suspectsOf } from '@hangtag/tools/learn/suspects.js';
import type { LabelledSet } from './pictures.js';

/** Without planted ones, those that are found are doubts, or faults of the data. */
const SHARES = [0, 0.05, 0.1];
const LISTED = [50, 100, 200];

export async function projectionOf(modelDir: string): Promise<Projection> {
  const { projection } = await readManifest(modelDir);
  if (projection === undefined) throw new Error(`Expected a model with a projection but found ${modelDir}`);
  return parseProjection(await readFile(join(modelDir, projection)));
}

export function printSuspects({ labels, examples }: LabelledSet, projection: Projection): void {
  const right = vectorsOf(examples, projection);
  console.log(
    `| wrong % | planted | found | precision % | recall % | right label named % | ${LISTED.map((n) => `precision of the first ${n} %`).join(' | ')} | processor s |\n|${' --- |'.repeat(7 + LISTED.length)}`,
  );
  for (const share of SHARES) {
    const { planted, wrong } = plant(right, labels.length, share);
    const startedAt = process.cpuUsage();
    const suspects = suspectsOf(planted, labels.length);
    const { user, system } = process.cpuUsage(startedAt);
    const found = suspects.filter(({ index }) => wrong.has(index));
    const named = found.filter(({ index, label }) => right.labels[index] === label);
    const ofFirst = (count: number) =>
      suspects.slice(0, count).filter(({ index }) => wrong.has(index)).length;
    const columns = [
      percent(share),
      wrong.size,
      suspects.length,
      percent(found.length / suspects.length),
      percent(found.length / wrong.size),
      percent(named.length / found.length),
      ...LISTED.map((count) => percent(ofFirst(count) / count)),
      ((user + system) / 1e6).toFixed(1),
    ];
    console.log(`| ${columns.join(' | ')} |`);
  }
}

function vectorsOf(examples: Examples, projection: Projection): Examples {
  const rows = [...examples.labels.keys()].map((index) => project(projection, rowOf(examples, index)));
  const inputs = rows[0]?.length ?? 0;
  const embeddings = new Float32Array(rows.length * inputs);
  for (const [index, row] of rows.entries()) embeddings.set(row, index * inputs);
  return { inputs, embeddings, labels: examples.labels };
}

/** Each label is replaced by another one with this probability. */
function plant(
  right: Examples,
  labels: number,
  share: number,
): { readonly planted: Examples; readonly wrong: ReadonlySet<number> } {
  const random = mulberry32(1);
  const wrong = new Set<number>();
  const replaced = right.labels.map((label, index) => {
    if (random() >= share) return label;
    wrong.add(index);
    return (label + 1 + Math.floor(random() * (labels - 1))) % labels;
  });
  return { planted: { ...right, labels: replaced }, wrong };
}

function percent(share: number): string {
  return Number.isNaN(share) ? '' : (share * 100).toFixed(1);
}
