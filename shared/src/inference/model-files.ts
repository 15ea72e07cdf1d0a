import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError, type ModelFault } from '../errors.js';
import { describeSystemError } from '../system-error.js';
import type { Manifest } from './manifest.js';

type ListedFile = Manifest['files'][number];

/**
 * Reads files and compares them with the manifest. A file that is not listed, is not a regular file or has another size is not
 * read.
 * @throws {ModelError} lists each file that is not listed or missing, or has another size or content.
 */
export async function readVerified(
  modelDir: string,
  manifest: Manifest,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const listed = new Map(manifest.files.map((file) => [file.path, file]));
  const files = new Map<string, Uint8Array>();
  const faults: ModelFault[] = [];
  for (const path of new Set(wanted)) {
    const file = listed.get(path);
    const content = file === undefined ? unlisted(path) : await readListed(modelDir, file);
    if (content instanceof Uint8Array) files.set(path, content);
    else faults.push(content);
  }
  if (faults.length > 0) throw new ModelError(modelDir, faults);
  return files;
}

async function readListed(modelDir: string, file: ListedFile): Promise<Uint8Array | ModelFault> {
  const { path: at, bytes, sha256 } = file;
  try {
    await using handle = await open(join(modelDir, at));
    const stats = await handle.stat();
    if (!stats.isFile()) return { at, expected: 'a file', received: 'something else' };
    if (stats.size !== bytes) return { at, expected: `${bytes} bytes`, received: `${stats.size}` };
    const content = await handle.readFile();
    const digest = sha256Hex(content);
    return digest === sha256 ? content : { at, expected: `sha256 ${sha256}`, received: digest };
  } catch (error) {
    return { at, expected: 'a file', received: describeSystemError(error) };
  }
}

function unlisted(at: string): ModelFault {
  return { at, expected: 'an entry in files', received: 'none' };
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
