/** Writes what the shipped model knows into its folder: its last layer, and prototypes of the product photos it was trained on. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Head } from '@hangtag/shared/inference/head.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { knowledgeBytes } from '@hangtag/shared/learning/knowledge.js';
import { prototypesOf } from '@hangtag/shared/learning/prototypes.js';
import { z } from 'zod';
import { writeModelFile } from './model-file.js';
import type { LabelledSet } from './pictures.js';

const FOLDER = 'tfjs';
const modelSchema = z.object({
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(z.object({ name: z.string(), shape: z.array(z.int()) })),
    }),
  ),
});

export async function writeShippedKnowledge(modelDir: string, { examples }: LabelledSet): Promise<void> {
  const { labels } = await readManifest(modelDir);
  const head = await lastLayer(modelDir, labels);
  await writeModelFile(modelDir, 'knowledge', knowledgeBytes({ head, prototypes: prototypesOf(examples) }));
}

/** The float weights of the layer `logits`, which the TensorFlow.js graph keeps under this name. All its numbers have four bytes. */
async function lastLayer(modelDir: string, labels: readonly string[]): Promise<Head> {
  const { weightsManifest } = modelSchema.parse(
    JSON.parse(await readFile(join(modelDir, FOLDER, 'model.json'), 'utf8')),
  );
  const paths = weightsManifest.flatMap((group) => group.paths);
  const shards = Buffer.concat(
    await Promise.all(paths.map((path) => readFile(join(modelDir, FOLDER, path)))),
  );
  const floats = new Float32Array(shards.buffer.slice(shards.byteOffset, shards.byteOffset + shards.length));
  const found = new Map<string, Float32Array>();
  let at = 0;
  for (const { name, shape } of weightsManifest.flatMap((group) => group.weights)) {
    const count = shape.reduce((product, side) => product * side, 1);
    found.set(name, floats.subarray(at, at + count));
    at += count;
  }
  const [weights, bias] = [found.get('logits_weights'), found.get('logits_bias')];
  if (weights === undefined || bias === undefined)
    throw new Error(`Expected the layer logits in ${modelDir}/${FOLDER}`);
  const inputs = weights.length / bias.length;
  // There the rows are the inputs.
  const rows = weights.map(
    (_, index) => weights[(index % inputs) * bias.length + Math.floor(index / inputs)] ?? 0,
  );
  return { labels, inputs, weights: rows, bias: bias.slice() };
}
