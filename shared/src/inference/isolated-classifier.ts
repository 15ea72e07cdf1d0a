import { availableParallelism } from 'node:os';
import { decodeDemand } from '../imaging/decode-cost.js';
import { DEFAULT_LIMITS, type ImageLimits } from '../imaging/limits.js';
import { type ClassifierPool, startPool } from './isolation/pool.js';
import type { ModelSettings } from './isolation/settings.js';
import type { SpareWorker } from './isolation/worker-process.js';
import type { Manifest } from './manifest.js';
import { type EngineName, engineOf } from './manifest-facts.js';
import { readManifest } from './read-manifest.js';

export interface IsolationOptions {
  /** Default: that of the model. */
  readonly engine?: EngineName | undefined;
  /** Worker processes. One for each core uses all cores. */
  readonly workers?: number;
  readonly maxQueued?: number;
  readonly limits?: ImageLimits;
  /** Of processor time, for decoding and inference of one image together: after it, the worker is killed. */
  readonly timeLimitMs?: number;
  /** Becomes the first worker. */
  readonly spare?: SpareWorker | undefined;
}

/**
 * Measured for an instance of 1 GiB that serves 8 images at a time with 2 workers: docs/memory.md has the sum. Each further
 * worker adds its share of the budget.
 */
const DEFAULTS = {
  maxQueued: 64,
  maxQueuedBytes: 256 * 1024 * 1024,
  memoryBudgetBytesPerWorker: 200_000_000,
  maxRetainedBytes: 80_000_000,
  maxStartBytes: 400 * 1024 * 1024,
  /** Pages of the native library of TensorFlow: 315 MB of the 487 MB of a worker that had it, with version 2.21. */
  tensorflowBytes: 400 * 1024 * 1024,
  timeLimitMs: 1_900,
  startTimeLimitMs: 30_000,
} as const;

/**
 * The classifier that serves: decoding and inference in child processes that can be killed.
 * @throws {ModelError} the model must not serve.
 * @throws {CrashError} the first worker died before it was ready.
 */
export async function isolateClassifier(
  modelDir: string,
  options: IsolationOptions = {},
): Promise<ClassifierPool> {
  return (await beginClassifier(modelDir, options)).ready;
}

/**
 * The same in two steps, for a caller that loads other things at the same time: resolves when the first worker is starting on
 * another core; `ready` resolves to the classifier, or rejects as above.
 */
export async function beginClassifier(
  modelDir: string,
  options: IsolationOptions = {},
): Promise<{ readonly manifest: Manifest; readonly ready: Promise<ClassifierPool> }> {
  const manifest = await readManifest(modelDir);
  const { limits = DEFAULT_LIMITS, workers = availableParallelism() } = options;
  const settings: ModelSettings = {
    modelDir,
    manifest,
    engine: options.engine ?? engineOf(manifest),
    limits,
  };
  const { maxQueuedBytes, maxRetainedBytes, memoryBudgetBytesPerWorker } = DEFAULTS;
  const ready = startPool({
    entry: new URL('./isolation/entry.js', import.meta.url),
    name: modelDir,
    spare: options.spare,
    start: { settings, maxRetainedBytes },
    laterStart: { settings: { ...settings, manifest: withOneGolden(manifest) }, maxRetainedBytes },
    workers,
    maxQueued: options.maxQueued ?? DEFAULTS.maxQueued,
    maxQueuedBytes,
    memoryBudgetBytes: workers * memoryBudgetBytesPerWorker,
    demandOf: (image) => decodeDemand(image, limits),
    timeLimitMs: options.timeLimitMs ?? DEFAULTS.timeLimitMs,
    startTimeLimitMs: DEFAULTS.startTimeLimitMs,
    maxStartBytes: maxStartBytesOf(settings.engine),
  });
  return { manifest, ready };
}

/**
 * One golden picture is enough for a worker after the first one: it is the same program on the same machine, and it verifies the
 * digests of the files, so it computes what the first one has computed.
 */
function withOneGolden(manifest: Manifest): Manifest {
  return { ...manifest, golden: manifest.golden.slice(0, 1) };
}

/** A process that loads a model may grow to this size. */
export function maxStartBytesOf(engine: EngineName): number {
  return DEFAULTS.maxStartBytes + (engine === 'tfjs' ? DEFAULTS.tensorflowBytes : 0);
}
