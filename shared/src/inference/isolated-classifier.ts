import { availableParallelism } from 'node:os';
import { DEFAULT_LIMITS, type ImageLimits } from '../imaging/limits.js';
import { type ClassifierPool, startPool } from './isolation/pool.js';
import type { ModelSettings } from './isolation/settings.js';
import type { EngineName, Manifest } from './manifest.js';
import { readManifest } from './read-manifest.js';

export interface IsolationOptions {
  readonly engine: EngineName;
  /** Worker processes; one a core keeps every core at work. */
  readonly workers?: number;
  readonly maxQueued?: number;
  readonly limits?: ImageLimits;
  /** Of processor time, for decoding and inference of one image together: past it, the worker is killed. */
  readonly timeLimitMs?: number;
  /** Resident size at which a worker ends itself. */
  readonly maxRssBytes?: number;
}

const DEFAULTS = {
  maxQueued: 64,
  timeLimitMs: 1_900,
  startTimeLimitMs: 30_000,
  maxRssBytes: 400 * 1024 * 1024,
} as const;

/**
 * The classifier that serves: decoding and inference in child processes that can be killed.
 * @throws {ModelError} the model must not serve.
 * @throws {CrashError} the first worker died before it was ready.
 */
export async function isolateClassifier(
  modelDir: string,
  options: IsolationOptions,
): Promise<ClassifierPool> {
  return (await beginClassifier(modelDir, options)).ready;
}

/**
 * The same in two steps, for whoever has something else to load meanwhile: resolves as soon as the first worker is on
 * its way, on a core of its own; `ready` is the classifier, or throws as above.
 */
export async function beginClassifier(
  modelDir: string,
  options: IsolationOptions,
): Promise<{ readonly manifest: Manifest; readonly ready: Promise<ClassifierPool> }> {
  const { engine, limits = DEFAULT_LIMITS, maxRssBytes = DEFAULTS.maxRssBytes } = options;
  const manifest = await readManifest(modelDir);
  const settings: ModelSettings = { modelDir, manifest, engine, limits };
  const ready = startPool({
    entry: new URL('./isolation/entry.js', import.meta.url),
    start: { settings, maxRssBytes },
    workers: options.workers ?? availableParallelism(),
    maxQueued: options.maxQueued ?? DEFAULTS.maxQueued,
    timeLimitMs: options.timeLimitMs ?? DEFAULTS.timeLimitMs,
    startTimeLimitMs: DEFAULTS.startTimeLimitMs,
  });
  return { manifest, ready };
}
