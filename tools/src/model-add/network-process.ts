import type { RgbImage } from '@hangtag/shared/imaging/decode.js';
import type { NetworkShape } from '@hangtag/shared/inference/inspect.js';
import { maxStartBytesOf } from '@hangtag/shared/inference/isolated-classifier.js';
import { startPool } from '@hangtag/shared/inference/isolation/pool.js';
import type { Manifest } from '@hangtag/shared/inference/manifest.js';
import type { GoldenMeasurement } from '@hangtag/shared/inference/measure-outputs.js';
import type { ModelSource } from './model-source.js';

/** A question about the network in a folder. The process opens the network to answer it. */
export type NetworkQuestion = { readonly dir: string } & (
  | { readonly kind: 'shape' }
  | { readonly kind: 'outputs'; readonly manifest: Manifest; readonly images: readonly RgbImage[] }
);

/** @throws {ModelError} the network cannot be opened, or needs too much memory. */
export function shapeOf(source: ModelSource): Promise<NetworkShape> {
  return ask(source, { dir: source.dir, kind: 'shape' });
}

/** @throws {ModelError} the network cannot be opened or run, or needs too much memory. */
export function outputsOf(
  source: ModelSource,
  manifest: Manifest,
  images: readonly RgbImage[],
): Promise<GoldenMeasurement> {
  return ask(source, { dir: source.dir, kind: 'outputs', manifest, images });
}

/** Enough for 72 inferences of a slow network. */
const TIME_LIMIT_MS = 300_000;
/** The network is open before the process is ready. Then it only sends the answer. */
const ANSWER_BYTES = 80_000_000;

/**
 * Asks a process that is watched like a worker in production: a network of a few bytes can need gigabytes when it is loaded.
 * The process ends after the answer.
 */
async function ask<Answer>({ dir, engine }: ModelSource, question: NetworkQuestion): Promise<Answer> {
  const pool = await startPool<Answer>({
    entry: new URL('./network-entry.js', import.meta.url),
    name: dir,
    start: { settings: question, maxRetainedBytes: ANSWER_BYTES },
    workers: 1,
    maxQueued: 1,
    maxQueuedBytes: 0,
    memoryBudgetBytes: ANSWER_BYTES,
    demandOf: () => ({ memoryBytes: ANSWER_BYTES, decodeMs: 0 }),
    timeLimitMs: TIME_LIMIT_MS,
    startTimeLimitMs: TIME_LIMIT_MS,
    maxStartBytes: maxStartBytesOf(engine),
  });
  try {
    return await pool.classify(new Uint8Array());
  } finally {
    await pool.close();
  }
}
