import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NetworkShape } from '@hangtag/shared/inference/inspect.js';
import { openEngine } from '@hangtag/shared/inference/load-model.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { type Manifest, parseManifest } from '@hangtag/shared/inference/manifest.js';
import { modelOf } from '@hangtag/shared/inference/model.js';
import { sha256Hex } from '@hangtag/shared/inference/model-files.js';
import { MANIFEST_FILE } from '@hangtag/shared/inference/read-manifest.js';
import type { GoldenPicture } from './golden-pictures.js';
import type { ModelSource } from './model-source.js';
import type { ModelSettings } from './settings.js';
import { NUDGES, toleranceOf } from './tolerance.js';

export interface ModelParts {
  readonly source: ModelSource;
  readonly shape: NetworkShape;
  readonly settings: ModelSettings;
  readonly pictures: readonly GoldenPicture[];
}

/**
 * Writes the golden set and the manifest into the model's folder, and loads the model as in production.
 * @throws {ModelError} the parts do not match
 */
export async function addModel(parts: ModelParts): Promise<Manifest> {
  const { source, pictures } = parts;
  const draft = draftManifest(parts);
  const outputs = await runAll(parts, draft);
  const tolerance = toleranceOf(outputs, await nudgedOutputs(parts, draft));
  const golden = pictures.map(({ file }, index) => ({
    file,
    outputs: { [source.engine]: outputs[index] ?? [] },
    tolerance: { [source.engine]: tolerance },
  }));
  const kind = outputs.every(areProbabilities) ? 'probabilities' : 'logits';
  const manifest = parseManifest({ ...draft, output: { ...draft.output, kind }, golden }, source.dir);
  for (const { file, bytes } of pictures) {
    await mkdir(join(source.dir, dirname(file)), { recursive: true });
    await writeFile(join(source.dir, file), bytes);
  }
  await writeFile(join(source.dir, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  await (await loadClassifier(source.dir, { engine: source.engine })).close();
  return manifest;
}

/** The manifest without the golden outputs, which the network must compute. */
function draftManifest({ source, shape, settings, pictures }: ModelParts): Manifest {
  const { id, version, labels, width, height, preprocessing } = settings;
  const files = [...source.files, ...pictures.map(({ file, bytes }) => [file, bytes] as const)];
  return {
    schema: 1,
    id,
    version,
    labels: [...labels],
    input: { name: shape.input.name, layout: shape.input.layout, width, height },
    preprocessing,
    output: { ...settings.output, kind: 'logits' },
    engines: { [source.engine]: source.entry },
    files: files.map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256Hex(bytes) })),
    calibration: { temperature: 1 },
    rejection: null,
    metrics: {},
    golden: [],
  };
}

async function runAll({ source, pictures }: ModelParts, manifest: Manifest): Promise<readonly number[][]> {
  const { engine, entry, files } = source;
  const ref = { id: manifest.id, version: manifest.version, sha256: '' };
  const model = modelOf(manifest, ref, await openEngine(engine, { manifest, entry, files }));
  try {
    const outputs: number[][] = [];
    for (const { image } of pictures) outputs.push([...(await model.infer(image)).scores]);
    return outputs;
  } finally {
    await model.close();
  }
}

/** The outputs when the input's values are changed in their last bits, for each of the changes. */
async function nudgedOutputs(parts: ModelParts, manifest: Manifest): Promise<readonly number[][][]> {
  const { preprocessing } = manifest;
  const nudged: number[][][] = [];
  for (const nudge of NUDGES) {
    const scale = preprocessing.scale.map((value) => value * nudge) as typeof preprocessing.scale;
    nudged.push([...(await runAll(parts, { ...manifest, preprocessing: { ...preprocessing, scale } }))]);
  }
  return nudged;
}

function areProbabilities(values: readonly number[]): boolean {
  const sum = values.reduce((total, value) => total + value, 0);
  return Math.abs(sum - 1) < 1e-3 && values.every((value) => value >= 0 && value <= 1);
}
