import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelFault as Fault, ModelError } from '../errors.js';
import type { Manifest } from './manifest.js';

/**
 * Reads files and holds them against the manifest.
 * @throws {ModelError} naming each that is not listed or not there, or of another size or content.
 */
export async function readVerified(
  modelDir: string,
  manifest: Manifest,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const listed = new Map(manifest.files.map((file) => [file.path, file]));
  const files = new Map<string, Uint8Array>();
  const faults: Fault[] = [];
  for (const path of wanted) {
    const content = await readFile(join(modelDir, path)).catch(messageOf);
    const fault =
      typeof content === 'string' ? notThere(path, content) : faultOf(path, content, listed.get(path));
    if (fault !== undefined) faults.push(fault);
    if (typeof content !== 'string') files.set(path, content);
  }
  if (faults.length > 0) throw new ModelError(modelDir, faults);
  return files;
}

function notThere(at: string, received: string): Fault {
  return { at, expected: 'a file', received };
}

function faultOf(
  at: string,
  content: Uint8Array,
  listed: Manifest['files'][number] | undefined,
): Fault | undefined {
  if (listed === undefined) return { at, expected: 'an entry in files', received: 'none' };
  if (content.length !== listed.bytes) {
    return { at, expected: `${listed.bytes} bytes`, received: `${content.length}` };
  }
  const digest = sha256Hex(content);
  return digest === listed.sha256 ? undefined : { at, expected: `sha256 ${listed.sha256}`, received: digest };
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
