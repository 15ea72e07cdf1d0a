import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelFault } from './failures.js';
import { type Manifest, parseManifest } from './manifest.js';
import { messageOf } from './model-files.js';

export const MANIFEST_FILE = 'manifest.json';

/** @throws {ModelFault} there is no manifest, it is not JSON, or a field of it is wrong. */
export async function readManifest(modelDir: string): Promise<Manifest> {
  const path = join(modelDir, MANIFEST_FILE);
  try {
    return parseManifest(JSON.parse(await readFile(path, 'utf8')), modelDir);
  } catch (error) {
    if (error instanceof ModelFault) throw error;
    const fault = { at: MANIFEST_FILE, expected: 'a JSON file', received: messageOf(error) };
    throw new ModelFault(modelDir, [fault], { cause: error });
  }
}
