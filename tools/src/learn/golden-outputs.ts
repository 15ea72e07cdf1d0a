/** The outputs of a head for the golden pictures, and how far they may be off on another processor. */
import { decodeImage, type RgbImage } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import type { Engine } from '@hangtag/shared/inference/engine.js';
import { type Head, withHead } from '@hangtag/shared/inference/head.js';
import { openEngine } from '@hangtag/shared/inference/load-model.js';
import type { Manifest } from '@hangtag/shared/inference/manifest.js';
import type { EngineName } from '@hangtag/shared/inference/manifest-facts.js';
import { modelOf } from '@hangtag/shared/inference/model.js';
import { NUDGES, toleranceOf } from '../model-add/tolerance.js';

export interface GoldenRequest {
  readonly manifest: Manifest;
  readonly engine: EngineName;
  readonly head: Head;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

export interface GoldenMeasurement {
  readonly outputs: readonly (readonly number[])[];
  readonly tolerance: number;
}

export async function goldenOutputs({
  manifest,
  engine,
  head,
  files,
}: GoldenRequest): Promise<GoldenMeasurement> {
  const network = withHead(
    await openEngine(engine, { manifest, entry: manifest.engines[engine] ?? '', files }),
    head,
  );
  try {
    const target = { ...manifest.input, ...manifest.preprocessing };
    const images: RgbImage[] = [];
    for (const { file } of manifest.golden)
      images.push(await decodeImage(files.get(file) ?? new Uint8Array(), target, DEFAULT_LIMITS));
    const outputs = await outputsOf(network, manifest, images);
    const nudged: number[][][] = [];
    for (const nudge of NUDGES) nudged.push(await outputsOf(network, scaledBy(manifest, nudge), images));
    return { outputs, tolerance: toleranceOf(outputs, nudged) };
  } finally {
    await network.close();
  }
}

async function outputsOf(
  network: Engine,
  manifest: Manifest,
  images: readonly RgbImage[],
): Promise<number[][]> {
  const model = modelOf(manifest, { id: manifest.id, version: manifest.version, sha256: '' }, network);
  const outputs: number[][] = [];
  for (const image of images) outputs.push([...(await model.infer(image)).scores]);
  return outputs;
}

function scaledBy(manifest: Manifest, nudge: number): Manifest {
  const [red, green, blue] = manifest.preprocessing.scale;
  const scale: Manifest['preprocessing']['scale'] = [red * nudge, green * nudge, blue * nudge];
  return { ...manifest, preprocessing: { ...manifest.preprocessing, scale } };
}
