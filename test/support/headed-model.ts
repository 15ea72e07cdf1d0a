import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { type Head, headBytes } from '@hangtag/shared/inference/head.js';
import { loadModel } from '@hangtag/shared/inference/load-model.js';
import { ENGINES, type EngineName } from '@hangtag/shared/inference/manifest-facts.js';
import { sha256Hex } from '@hangtag/shared/inference/model-files.js';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { copyOfColours, type LooseManifest } from './model-folder.js';

/** The embedding of each golden picture of the fixture model. */
export async function coloursEmbeddings(engine: EngineName): Promise<readonly Float32Array[]> {
  const model = await loadModel(COLOURS_MODEL, { engine });
  const target = { ...model.manifest.input, ...model.manifest.preprocessing };
  const embeddings: Float32Array[] = [];
  for (const { file } of model.manifest.golden) {
    const image = await decodeImage(await readFile(join(COLOURS_MODEL, file)), target, DEFAULT_LIMITS);
    const { embedding } = await model.infer(image);
    if (embedding !== undefined) embeddings.push(embedding);
  }
  await model.close();
  return embeddings;
}

/** A copy of the fixture model with this head, and golden outputs of the head. The caller removes the folder. */
export async function coloursWithHead(
  head: Head,
  change: (manifest: LooseManifest) => void = () => {},
): Promise<string> {
  const outputs = new Map<EngineName, readonly number[][]>();
  for (const engine of ENGINES)
    outputs.set(
      engine,
      (await coloursEmbeddings(engine)).map((embedding) => scoresOf(head, embedding)),
    );
  const bytes = headBytes(head);
  const folder = await copyOfColours((manifest) => {
    Object.assign(manifest, { labels: head.labels, head: 'head.safetensors', rejection: null });
    const files = manifest['files'] as unknown as object[];
    files.push({ path: 'head.safetensors', bytes: bytes.length, sha256: sha256Hex(bytes) });
    for (const [index, golden] of manifest.golden.entries())
      for (const engine of ENGINES) golden.outputs[engine] = outputs.get(engine)?.[index] ?? [];
    change(manifest);
  });
  await writeFile(join(folder, 'head.safetensors'), bytes);
  return folder;
}

/** The definition, computed here in another way than by the product. */
function scoresOf({ inputs, weights, bias }: Head, embedding: Float32Array): number[] {
  return [...bias].map((constant, output) =>
    [...weights.subarray(output * inputs, (output + 1) * inputs)]
      .map((weight, input) => weight * (embedding[input] ?? 0))
      .reduce((sum, product) => sum + product, constant),
  );
}
