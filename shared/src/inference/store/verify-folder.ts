/** What both stores of models check of a model folder. */
import { readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  isModelVersion,
  type ModelPin,
  type ModelVersion,
  nameOfVersion,
} from '../../domain/model-version.js';
import { InputError, ModelError } from '../../errors.js';
import type { Manifest } from '../manifest.js';
import { readVerified, sha256Hex } from '../model-files.js';
import { MANIFEST_FILE, readManifest } from '../read-manifest.js';

export interface VerifiedFolder {
  readonly pin: ModelPin;
  readonly manifest: Manifest;
}

/** @throws {ModelError} the folder is not a complete model */
export async function verifyFolder(dir: string): Promise<VerifiedFolder> {
  const manifest = await readManifest(dir);
  const paths = manifest.files.map(({ path }) => path);
  await readVerified(dir, manifest, paths);
  return { pin: await pinOf(dir, manifest), manifest };
}

/** The same for a folder that is to be stored. @throws {InputError} its names cannot be names of folders */
export async function verifyNewFolder(dir: string): Promise<VerifiedFolder> {
  const folder = await verifyFolder(dir);
  if (isModelVersion(folder.pin)) return folder;
  throw new InputError(
    `Expected id and version of letters, digits and .-_+ for a model but received "${nameOfVersion(folder.pin)}"`,
  );
}

/** Without a look at the other files. @throws {ModelError} there is no manifest that can be used */
export async function pinOf(dir: string, { id, version }: ModelVersion): Promise<ModelPin> {
  return { id, version, digest: sha256Hex(await readFile(join(dir, MANIFEST_FILE))) };
}

/** Card and licences, which no manifest lists. */
export async function namesOfTexts(dir: string): Promise<readonly string[]> {
  return (await readdir(dir)).filter((name) =>
    /^(readme|licen[cs]e|notice)[^/]*\.(md|txt)$|^(licen[cs]e|notice)$/i.test(name),
  );
}

/** @throws {ModelError} the stored version is not the one that is wanted */
export function requireDigest(wanted: ModelPin, digest: string): void {
  if (digest === wanted.digest) return;
  throw new ModelError(nameOfVersion(wanted), [
    { at: MANIFEST_FILE, expected: `sha256 ${wanted.digest}`, received: digest },
  ]);
}

/** @throws {InputError} */
export function requireSameContent(stored: ModelPin, { digest }: ModelPin): void {
  if (stored.digest === digest) return;
  throw new InputError(
    `Expected a new version but ${nameOfVersion(stored)} is stored with another content: give the model another version`,
  );
}

/** Another process may have written the same bytes meanwhile. */
export async function renameUnlessExists(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
}
