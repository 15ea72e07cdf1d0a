import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Fault, ModelFault } from './failures.js';
import { type Manifest, parseManifest } from './manifest.js';

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

/**
 * Reads the listed files below any of `prefixes` and holds them against the manifest.
 * @throws {ModelFault} naming each that is missing, or of another size or content.
 */
export async function readVerified(
  modelDir: string,
  manifest: Manifest,
  wants: (path: string) => boolean,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const faults: Fault[] = [];
  const files = new Map<string, Uint8Array>();
  for (const { path, bytes, sha256 } of manifest.files.filter((file) => wants(file.path))) {
    try {
      const content = await readFile(join(modelDir, path));
      files.set(path, content);
      const digest = sha256Hex(content);
      if (content.length !== bytes) {
        faults.push({ at: path, expected: `${bytes} bytes`, received: `${content.length}` });
      } else if (digest !== sha256) {
        faults.push({ at: path, expected: `sha256 ${sha256}`, received: digest });
      }
    } catch (error) {
      faults.push({ at: path, expected: 'a file', received: messageOf(error) });
    }
  }
  if (faults.length > 0) throw new ModelFault(modelDir, faults);
  return files;
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
