/** A registry of one model, the folder of `HANGTAG_MODEL_DIR`, which labels the images of every tenant. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_CIRCUIT_POLICY } from '../domain/circuit.js';
import type { TenantId } from '../domain/identity.js';
import type { VerdictPolicy } from '../domain/verdict.js';
import { ModelError } from '../errors.js';
import type { Classifier } from '../ports/classifier.js';
import type { Clock } from '../ports/clock.js';
import type { ModelRegistry } from '../ports/model-registry.js';
import { withCircuitBreaker } from './circuit-breaker.js';
import { eventualClassifier } from './eventual-classifier.js';
import { beginClassifier, type IsolationOptions } from './isolated-classifier.js';
import type { Manifest } from './manifest.js';

export interface ModelFolder extends IsolationOptions {
  readonly dir: string;
  readonly policyOf: (tenant: TenantId) => VerdictPolicy;
  readonly clock: Clock;
}

/**
 * Starts to load the model and returns: its worker starts on another core while the caller loads other things.
 *
 * @throws {ModelError} there is no manifest that can be used
 */
export async function openModelFolder({
  dir,
  policyOf,
  clock,
  ...options
}: ModelFolder): Promise<ModelRegistry> {
  const { manifest, ready: loading } = await beginClassifier(dir, options);
  const ready = loading.then((classifier) => {
    const check = goldenCheck(dir, manifest, classifier);
    return withCircuitBreaker(classifier, { check, clock, policy: DEFAULT_CIRCUIT_POLICY });
  });
  // Its failure is reported to those who ask for it; until then it must not end the process.
  ready.catch(() => undefined);
  const classifier = eventualClassifier(ready);
  return {
    resolve: async (tenant) => ({ classifier, manifest, policy: policyOf(tenant) }),
    ready: async () => void (await ready),
    close: () =>
      ready.then(
        (loaded) => loaded.close(),
        () => undefined,
      ),
  };
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
