/** The outputs of a head for the golden pictures, and how far they may be off on another processor. */
import { decodeImage, type RgbImage } from '../imaging/decode.js';
import { DEFAULT_LIMITS } from '../imaging/limits.js';
import { type Head, withHead } from '../inference/head.js';
import { openEngine } from '../inference/load-model.js';
import type { Manifest } from '../inference/manifest.js';
import type { EngineName } from '../inference/manifest-facts.js';
import { type GoldenMeasurement, measureOutputs } from '../inference/measure-outputs.js';

export interface GoldenRequest {
  readonly manifest: Manifest;
  readonly engine: EngineName;
  readonly head: Head;
  readonly files: ReadonlyMap<string, Uint8Array>;
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
    return await measureOutputs(network, manifest, images);
  } finally {
    await network.close();
  }
}
