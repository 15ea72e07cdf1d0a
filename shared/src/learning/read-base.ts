import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../errors.js';
import { readVerified } from '../inference/model-files.js';
import { readManifest } from '../inference/read-manifest.js';
import { parseKnowledge } from './knowledge.js';
import type { Base } from './learn-head.js';

/** What the model of a folder knows. @throws {ModelError} it has no `knowledge`, or a file is not as the manifest lists it */
export async function baseOf(modelDir: string): Promise<Base> {
  const manifest = await readManifest(modelDir);
  const { knowledge: at, calibration, rejection } = manifest;
  if (at === undefined) {
    const expected =
      'a file, without which its labels would be forgotten (models of npm run learn -- --from have one)';
    throw new ModelError(modelDir, [{ at: 'knowledge', expected, received: 'none' }]);
  }
  const bytes = (await readVerified(modelDir, manifest, [at])).get(at);
  const knowledge = parseKnowledge(bytes ?? (await readFile(join(modelDir, at))));
  return { knowledge, temperature: calibration.temperature, rejection };
}
