/** A registry of one model, the folder of `HANGTAG_MODEL_DIR`, which labels the images of every tenant. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_CIRCUIT_POLICY } from '../domain/circuit.js';
import type { TenantId } from '../domain/identity.js';
import { ModelError } from '../errors.js';
import type { Classifier } from '../ports/classifier.js';
import type { Clock } from '../ports/clock.js';
import type { ActiveModel, ModelRegistry } from '../ports/model-registry.js';
import { withCircuitBreaker } from './circuit-breaker.js';
import { eventualClassifier } from './eventual-classifier.js';
import { beginClassifier, type IsolationOptions } from './isolated-classifier.js';
import type { Manifest } from './manifest.js';

export interface ModelFolder extends IsolationOptions {
  readonly dir: string;
  readonly settingsOf: (tenant: TenantId) => Promise<Omit<ActiveModel, 'classifier' | 'manifest'>>;
  readonly clock: Clock;
}

/** One attempt to load the model. */
interface Loading {
  readonly manifest: Manifest;
  readonly ready: Promise<Classifier>;
  /** Images wait for `ready`. */
  readonly classifier: Classifier;
}

/**
 * Starts to load the model and returns: its worker starts on another core while the caller loads other things. If loading fails,
 * the next use tries again: a temporary lack of memory must not disable the process forever.
 *
 * @throws {ModelError} there is no manifest that can be used
 */
export async function openModelFolder(folder: ModelFolder): Promise<ModelRegistry> {
  let hasFailed = false;
  const load = () => {
    hasFailed = false;
    const loading = startLoading(folder);
    // Every use of the model gets the failure. Without this handler, it would end the process as an unhandled rejection.
    loading
      .then(({ ready }) => ready)
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
    async resolve(tenant) {
      const { classifier, manifest } = await latest();
      return { classifier, manifest, ...(await folder.settingsOf(tenant)) };
    },
    async ready() {
      await (await latest()).ready;
    },
    async close() {
      const loaded = await current.then(({ ready }) => ready).catch(() => undefined);
      await loaded?.close();
    },
  };
}

async function startLoading({ dir, settingsOf, clock, ...options }: ModelFolder): Promise<Loading> {
  const { manifest, ready: loading } = await beginClassifier(dir, options);
  const ready = loading.then((classifier) => {
    const check = goldenCheck(dir, manifest, classifier);
    return withCircuitBreaker(classifier, { check, clock, policy: DEFAULT_CIRCUIT_POLICY });
  });
  return { manifest, ready, classifier: eventualClassifier(ready) };
}

/** Labels a golden picture in a worker process, as images are labelled. The golden set itself was verified at load. */
function goldenCheck(dir: string, { golden, labels }: Manifest, classifier: Classifier): () => Promise<void> {
  return async () => {
    const [picture] = golden;
    if (picture === undefined) return;
    const { scores } = await classifier.classify(await readFile(join(dir, picture.file)));
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
