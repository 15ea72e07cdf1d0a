import type { RgbImage } from '../imaging/decode.js';
import type { Engine } from './engine.js';
import type { Manifest } from './manifest.js';
import { modelOf } from './model.js';
import { NUDGES, type Outputs, toleranceOf } from './tolerance.js';

/** The outputs of a network for the golden pictures, and how far they may be off on another processor. */
export interface GoldenMeasurement {
  readonly outputs: Outputs;
  readonly tolerance: number;
}

export async function measureOutputs(
  network: Engine,
  manifest: Manifest,
  images: readonly RgbImage[],
): Promise<GoldenMeasurement> {
  const outputs = await outputsOf(network, manifest, images);
  const nudged: Outputs[] = [];
  for (const nudge of NUDGES) nudged.push(await outputsOf(network, scaledBy(manifest, nudge), images));
  return { outputs, tolerance: toleranceOf(outputs, nudged) };
}

async function outputsOf(network: Engine, manifest: Manifest, images: readonly RgbImage[]): Promise<Outputs> {
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
