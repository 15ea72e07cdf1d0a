import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '../errors.js';
import { describeSystemError } from '../system-error.js';
import { type Manifest, parseManifest } from './manifest.js';

export const MANIFEST_FILE = 'manifest.json';

/** @throws {ModelError} there is no manifest, it is not JSON, or a field of it is wrong. */
export async function readManifest(modelDir: string): Promise<Manifest> {
  const path = join(modelDir, MANIFEST_FILE);
  try {
    return parseManifest(JSON.parse(await readFile(path, 'utf8')), modelDir);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const expected = 'a JSON file (npm run model -- add DIR writes it)';
    const fault = { at: MANIFEST_FILE, expected, received: describeSystemError(error) };
    throw new ModelError(modelDir, [fault], { cause: error });
  }
}
