/**
 * The models of the store that this process has loaded, each with its worker processes. Those that were used last stay while all
 * of them are within a limit of memory:
 *
 *     absent --get--> loading --> loaded --memory is used up--> closed, once its images are done
 *                        \              |
 *                         \             | a worker ended, and no other starts
 *                          \------> failed, and loading again after a while
 */
import { type ModelPin, nameOfVersion } from '../domain/model-version.js';
import { ModelError, TransientError } from '../errors.js';
import type { Classifier } from '../ports/classifier.js';
import type { Clock } from '../ports/clock.js';
import type { ModelStore } from '../ports/model-store.js';
import { CircuitOpen } from './circuit-breaker.js';
import type { IsolationOptions } from './isolated-classifier.js';
import { processStateOf } from './isolation/process-state.js';
import type { Manifest } from './manifest.js';
import { startLoading } from './model-folder.js';

export interface ModelLog {
  error(line: object): void;
}

export interface LoadedModelsParts {
  readonly store: () => Promise<ModelStore>;
  readonly options: IsolationOptions;
  readonly clock: Clock;
  readonly log: ModelLog;
  /** Of the worker processes of all models, those of the installation included. */
  readonly maxBytes: number;
  /** Worker processes of the model of the installation, which is never closed. */
  readonly installationPids: () => readonly number[];
}

export interface LoadedModel {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly classifier: Classifier;
}

interface Entry {
  readonly pin: ModelPin;
  readonly loaded: Promise<LoadedModel & { readonly pids: () => readonly number[] }>;
  state: 'loading' | 'loaded' | 'failed';
  usedAtMs: number;
  failedAtMs: number;
}

const RETRY_AFTER_MS = 60_000;
/** A model that is closed so soon after its last image is needed: the memory is too small for the models in use. */
const NEEDED_WITHIN_MS = 60_000;
/** Where the system does not report the memory of a process. */
const ASSUMED_BYTES_PER_WORKER = 120 * 1024 * 1024;

export class LoadedModels {
  readonly #parts: LoadedModelsParts;
  /** By digest, the least recently used first. */
  readonly #entries = new Map<string, Entry>();

  constructor(parts: LoadedModelsParts) {
    this.#parts = parts;
  }

  /** Waits while the model loads. @returns undefined if it cannot be loaded: that is logged once for each attempt */
  async get(pin: ModelPin): Promise<LoadedModel | undefined> {
    const entry = this.#use(pin);
    const model = await entry.loaded.catch(() => undefined);
    return entry.state === 'failed' ? undefined : model;
  }

  /** Begins to load the model. @returns undefined until it has loaded */
  async peek(pin: ModelPin): Promise<LoadedModel | undefined> {
    const { state, loaded } = this.#use(pin);
    return state === 'loaded' ? loaded : undefined;
  }

  /** Resolves when nothing is loading. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#entries.values()].map(({ loaded }) => loaded));
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(close));
  }

  #use(pin: ModelPin): Entry {
    const { clock } = this.#parts;
    const known = this.#entries.get(pin.digest);
    const isDue = known?.state === 'failed' && clock.now() - known.failedAtMs >= RETRY_AFTER_MS;
    const entry = known === undefined || isDue ? this.#load(pin) : known;
    entry.usedAtMs = clock.now();
    this.#entries.delete(pin.digest);
    this.#entries.set(pin.digest, entry);
    return entry;
  }

  #load(pin: ModelPin): Entry {
    const now = this.#parts.clock.now();
    const loaded = this.#start(pin, (err) => {
      if (entry.state === 'failed') return;
      this.#fail(entry, err);
      void close(entry);
    });
    const entry: Entry = { pin, loaded, state: 'loading', usedAtMs: now, failedAtMs: now };
    loaded.then(
      () => {
        entry.state = 'loaded';
        return this.#trim(entry);
      },
      (err: unknown) => this.#fail(entry, err),
    );
    return entry;
  }

  #fail(entry: Entry, err: unknown): void {
    const { clock, log } = this.#parts;
    entry.state = 'failed';
    entry.failedAtMs = clock.now();
    log.error({ outcome: 'model-not-loaded', model: nameOfVersion(entry.pin), err });
  }

  async #start(pin: ModelPin, onLost: (fault: ModelError) => void) {
    const { store, options, clock } = this.#parts;
    const dir = await (await store()).get(pin);
    const loading = await startLoading({ dir, clock, ...options });
    const classifier = closedWhenIdle(refusedWhenLost(await loading.ready, onLost));
    const pool = await loading.pool;
    return { dir, manifest: loading.manifest, classifier, pids: () => pool.workerPids };
  }

  /** Closes the models that were not used for the longest time, until the others are within the limit. */
  async #trim(newest: Entry): Promise<void> {
    const { maxBytes, installationPids, clock, log } = this.#parts;
    const sizes = new Map<Entry, number>();
    for (const entry of this.#entries.values()) {
      if (entry.state === 'loaded') sizes.set(entry, bytesOf((await entry.loaded).pids()));
    }
    let bytes = [...sizes.values()].reduce((sum, each) => sum + each, bytesOf(installationPids()));
    const closed: string[] = [];
    for (const [entry, size] of sizes) {
      if (bytes <= maxBytes) break;
      if (entry === newest) continue;
      this.#entries.delete(entry.pin.digest);
      bytes -= size;
      void close(entry);
      if (clock.now() - entry.usedAtMs < NEEDED_WITHIN_MS) closed.push(nameOfVersion(entry.pin));
    }
    if (bytes > maxBytes || closed.length > 0)
      log.error({
        outcome: 'models-exceed-memory',
        model: nameOfVersion(newest.pin),
        closed,
        bytes,
        maxBytes,
      });
  }
}

async function close({ loaded }: Entry): Promise<void> {
  await loaded.then(
    ({ classifier }) => classifier.close(),
    () => undefined,
  );
}

/** A classifier whose images go to another model when its own must not serve any more: they are delivered again. */
function refusedWhenLost(classifier: Classifier, onLost: (fault: ModelError) => void): Classifier {
  return {
    model: classifier.model,
    async classify(image, options) {
      try {
        return await classifier.classify(image, options);
      } catch (error) {
        const fault = error instanceof CircuitOpen ? error.cause : error;
        if (!(fault instanceof ModelError)) throw error;
        onLost(fault);
        throw new TransientError('Expected a model that can be used but it no longer can', { cause: fault });
      }
    },
    close: () => classifier.close(),
  };
}

/** A classifier whose `close` waits for its images. */
function closedWhenIdle(classifier: Classifier): Classifier {
  const running = new Set<Promise<unknown>>();
  return {
    model: classifier.model,
    classify(image, options) {
      const work = classifier.classify(image, options);
      running.add(work);
      const leave = () => running.delete(work);
      work.then(leave, leave);
      return work;
    },
    async close() {
      await Promise.allSettled(running);
      await classifier.close();
    },
  };
}

function bytesOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (processStateOf(pid)?.residentBytes ?? ASSUMED_BYTES_PER_WORKER), 0);
}
