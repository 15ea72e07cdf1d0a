/** The model of the installation, in the folder of `HANGTAG_MODEL_DIR`. It labels for every tenant without a model of its own. */
import { DEFAULT_CIRCUIT_POLICY } from '../domain/circuit.js';
import { ModelError } from '../errors.js';
import type { Classifier } from '../ports/classifier.js';
import type { Clock } from '../ports/clock.js';
import { withCircuitBreaker } from './circuit-breaker.js';
import { eventualClassifier } from './eventual-classifier.js';
import { beginClassifier, type IsolationOptions } from './isolated-classifier.js';
import type { ClassifierPool } from './isolation/pool.js';
import type { Manifest } from './manifest.js';
import { readVerified } from './model-files.js';

export interface ModelFolder extends IsolationOptions {
  readonly dir: string;
  readonly clock: Clock;
}

/** One attempt to load a model. */
export interface ModelLoading {
  readonly manifest: Manifest;
  readonly pool: Promise<ClassifierPool>;
  readonly ready: Promise<Classifier>;
  /** Images wait for `ready`. */
  readonly classifier: Classifier;
}

export interface InstalledModel {
  /** Images wait while it loads. */
  current(): Promise<Pick<ModelLoading, 'manifest' | 'classifier'>>;
  ready(): Promise<void>;
  /** Process ids of its workers. */
  pids(): readonly number[];
  close(): Promise<void>;
}

/**
 * Starts to load the model and returns: its worker starts on another core while the caller loads other things. If loading fails,
 * the next use tries again: a temporary lack of memory must not disable the process forever.
 *
 * @throws {ModelError} there is no manifest that can be used
 */
export async function openModelFolder(folder: ModelFolder): Promise<InstalledModel> {
  let hasFailed = false;
  let pool: ClassifierPool | undefined;
  const load = () => {
    hasFailed = false;
    const loading = startLoading(folder);
    // Every use of the model gets the failure. Without this handler, it would end the process as an unhandled rejection.
    loading
      .then(async (begun) => {
        await begun.ready;
        pool = await begun.pool;
      })
      .catch(() => {
        hasFailed = true;
      });
    return loading;
  };
  let current = load();
  const latest = () => {
    if (hasFailed) current = load();
    return current;
  };
  await current;
  return {
    current: latest,
    async ready() {
      await (await latest()).ready;
    },
    pids: () => pool?.workerPids ?? [],
    async close() {
      const loaded = await current.then(({ ready }) => ready).catch(() => undefined);
      await loaded?.close();
    },
  };
}

/** @throws {ModelError} there is no manifest that can be used */
export async function startLoading({ dir, clock, ...options }: ModelFolder): Promise<ModelLoading> {
  const { manifest, ready: pool } = await beginClassifier(dir, options);
  const ready = pool.then((started) => {
    const check = goldenCheck(dir, manifest, started);
    return withCircuitBreaker(started, { check, clock, policy: DEFAULT_CIRCUIT_POLICY });
  });
  return { manifest, pool, ready, classifier: eventualClassifier(ready) };
}

/** Labels a golden picture in a worker process, as images are labelled. The golden set itself was verified at load. */
function goldenCheck(dir: string, manifest: Manifest, classifier: Classifier): () => Promise<void> {
  const { golden, labels } = manifest;
  return async () => {
    const [picture] = golden;
    if (picture === undefined) return;
    const [bytes] = (await readVerified(dir, manifest, [picture.file])).values();
    if (bytes === undefined) return;
    const { scores } = await classifier.classify(bytes);
    // Engines round differently, so each names the label that it gave.
    const expected = Object.values(picture.outputs).map((outputs) => bestLabel(outputs, labels));
    const received = scores[0]?.label;
    if (expected.includes(received)) return;
    throw new ModelError(dir, [
      { at: picture.file, expected: expected.join(' or '), received: String(received) },
    ]);
  };
}

function bestLabel(outputs: readonly number[], labels: readonly string[]): string | undefined {
  const ofLabels = outputs.slice(0, labels.length);
  return labels[ofLabels.indexOf(Math.max(...ofLabels))];
}
