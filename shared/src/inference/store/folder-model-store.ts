/** A store of models in a folder of this machine: `ROOT/ID/VERSION`. A version is written beside and renamed. */
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isModelVersion, type ModelPin, type ModelVersion } from '../../domain/model-version.js';
import { ModelError } from '../../errors.js';
import type { ModelStore } from '../../ports/model-store.js';
import { MANIFEST_FILE, readManifest } from '../read-manifest.js';
import {
  namesOfTexts,
  pinOf,
  renameUnlessExists,
  requireDigest,
  requireSameContent,
  verifyFolder,
  verifyNewFolder,
} from './verify-folder.js';

export class FolderModelStore implements ModelStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  async list(): Promise<readonly ModelPin[]> {
    const pins: ModelPin[] = [];
    for (const id of await namesIn(this.#root)) {
      for (const version of await namesIn(join(this.#root, id))) {
        const pin = await this.#stored({ id, version });
        if (pin !== undefined) pins.push(pin);
      }
    }
    return pins;
  }

  async put(dir: string): Promise<ModelPin> {
    const { pin, manifest } = await verifyNewFolder(dir);
    const stored = await this.#stored(pin);
    if (stored !== undefined) {
      requireSameContent(stored, pin);
      return stored;
    }
    const target = this.#dirOf(pin);
    await rm(target, { recursive: true, force: true });
    await mkdir(dirname(target), { recursive: true });
    const partial = await mkdtemp(`${target}.`);
    try {
      const paths = manifest.files.map(({ path }) => path);
      for (const path of [...paths, ...(await namesOfTexts(dir)), MANIFEST_FILE]) {
        await mkdir(dirname(join(partial, path)), { recursive: true });
        await cp(join(dir, path), join(partial, path));
      }
      await renameUnlessExists(partial, target);
      return pin;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  async get(pin: ModelPin): Promise<string> {
    const dir = this.#dirOf(pin);
    const found = await verifyFolder(dir);
    requireDigest(pin, found.pin.digest);
    return dir;
  }

  async remove(version: ModelVersion): Promise<boolean> {
    if ((await this.#stored(version)) === undefined) return false;
    await rm(this.#dirOf(version), { recursive: true });
    return true;
  }

  #dirOf({ id, version }: ModelVersion): string {
    return join(this.#root, id, version);
  }

  /** @returns undefined if the folder has no manifest of this version */
  async #stored(wanted: ModelVersion): Promise<ModelPin | undefined> {
    if (!isModelVersion(wanted)) return undefined;
    const dir = this.#dirOf(wanted);
    try {
      const manifest = await readManifest(dir);
      const isWanted = manifest.id === wanted.id && manifest.version === wanted.version;
      return isWanted ? await pinOf(dir, manifest) : undefined;
    } catch (error) {
      if (error instanceof ModelError) return undefined;
      throw error;
    }
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}
