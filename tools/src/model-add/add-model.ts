import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ModelError } from '@hangtag/shared/errors.js';
import type { NetworkShape } from '@hangtag/shared/inference/inspect.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import { type Manifest, parseManifest } from '@hangtag/shared/inference/manifest.js';
import type { GoldenMeasurement } from '@hangtag/shared/inference/measure-outputs.js';
import { sha256Hex } from '@hangtag/shared/inference/model-files.js';
import { MANIFEST_FILE } from '@hangtag/shared/inference/read-manifest.js';
import type { GoldenPicture } from './golden-pictures.js';
import type { ModelSource } from './model-source.js';
import { outputsOf } from './network-process.js';
import type { ModelSettings } from './settings.js';

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
  const images = pictures.map(({ image }) => image);
  const { outputs, tolerance } = await outputsOf(source, draft, images);
  assertFinite(source.dir, outputs, pictures);
  const golden = pictures.map(({ file }, index) => ({
    file,
    outputs: { [source.engine]: [...(outputs[index] ?? [])] },
    tolerance: { [source.engine]: tolerance },
  }));
  const kind = outputs.every(areProbabilities) ? 'probabilities' : 'logits';
  const manifest = parseManifest({ ...draft, output: { ...draft.output, kind }, golden }, source.dir);
  for (const { file, bytes } of pictures) {
    await mkdir(join(source.dir, dirname(file)), { recursive: true });
    await writeFile(join(source.dir, file), bytes);
  }
  await writeFile(join(source.dir, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
  await (await isolateClassifier(source.dir, { engine: source.engine, workers: 1 })).close();
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

function assertFinite(
  dir: string,
  outputs: GoldenMeasurement['outputs'],
  pictures: ModelParts['pictures'],
): void {
  const at = outputs.findIndex((values) => !values.every(Number.isFinite));
  if (at === -1) return;
  const expected = 'finite numbers (try another --normalisation)';
  const received = `${outputs[at]?.join(', ')} for ${pictures[at]?.file}`;
  throw new ModelError(dir, [{ at: 'scores', expected, received }]);
}

/** What is unusual in the outputs of a model that works, in sentences for the person who added it. */
export function doubtsAbout({ golden, output }: Manifest): readonly string[] {
  const outputs = golden.flatMap((picture) => Object.values(picture.outputs));
  const [first = []] = outputs;
  const isBlind =
    outputs.length > 1 && outputs.every((values) => values.every((value, at) => value === first[at]));
  const isSigmoid = output.kind === 'logits' && outputs.flat().every((value) => value >= 0 && value <= 1);
  return [
    ...(isBlind ? ['All golden pictures have the same scores: is --normalisation right?'] : []),
    ...(isSigmoid
      ? [
          'All scores are from 0 to 1, and their sum is not 1, as after a sigmoid for each label. Every confidence will be low: ' +
            'export the network without this last step, or with softmax.',
        ]
      : []),
  ];
}

function areProbabilities(values: readonly number[]): boolean {
  const sum = values.reduce((total, value) => total + value, 0);
  return Math.abs(sum - 1) < 1e-3 && values.every((value) => value >= 0 && value <= 1);
}
