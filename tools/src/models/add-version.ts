import { addModel, type RolloutPorts, type RolloutRequest } from '@hangtag/functions/models/handler.js';
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { ENGINES } from '@hangtag/shared/inference/manifest-facts.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';

/**
 * Stores a model folder, if its golden set passes with every engine that it has.
 *
 * @throws {ModelError} lists every fault
 */
export async function addVersion(
  dir: string,
  request: RolloutRequest,
  ports: RolloutPorts,
): Promise<ModelPin> {
  const { engines } = await readManifest(dir);
  for (const engine of ENGINES.filter((name) => engines[name] !== undefined))
    await (await loadClassifier(dir, { engine })).close();
  return addModel({ ...request, dir, with: 'add' }, ports);
}
