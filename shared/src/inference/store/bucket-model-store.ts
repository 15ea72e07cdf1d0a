/**
 * A store of models in a bucket: `PREFIX/ID/VERSION/<files>`. The manifest is written last, so that a half upload is no model. `get`
 * downloads a version once into a cache on disk; its folder appears there when every file has the digest of the manifest.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  isModelVersion,
  type ModelPin,
  type ModelVersion,
  nameOfVersion,
} from '../../domain/model-version.js';
import { ImageError, ModelError, type ModelFault } from '../../errors.js';
import type { ModelStore } from '../../ports/model-store.js';
import type { ObjectStore, StoredObject } from '../../ports/object-store.js';
import { type Manifest, parseManifest } from '../manifest.js';
import { sha256Hex } from '../model-files.js';
import { MANIFEST_FILE } from '../read-manifest.js';
import {
  namesOfTexts,
  renameUnlessExists,
  requireDigest,
  requireSameContent,
  verifyFolder,
  verifyNewFolder,
} from './verify-folder.js';

export interface ModelBucket {
  readonly objects: ObjectStore;
  readonly bucket: string;
  /** Begins the names of all models: `models/`, or nothing. */
  readonly prefix: string;
  /** A folder for downloads. Several processes may share it. */
  readonly cacheDir: string;
}

/** A manifest has a number for each output of each golden picture. */
const MAX_MANIFEST_BYTES = 8 * 1024 * 1024;

export class BucketModelStore implements ModelStore {
  readonly #parts: ModelBucket;
  /** Downloads in progress by digest: two callers of one model share one. */
  readonly #downloads = new Map<string, Promise<string>>();

  constructor(parts: ModelBucket) {
    this.#parts = parts;
  }

  async list(): Promise<readonly ModelPin[]> {
    const { prefix } = this.#parts;
    const pins: ModelPin[] = [];
    for await (const object of this.#objects(prefix)) {
      const [id = '', version = '', ...file] = object.name.slice(prefix.length).split('/');
      if (file.join('/') !== MANIFEST_FILE || !isModelVersion({ id, version })) continue;
      const bytes = await this.#read(object, MAX_MANIFEST_BYTES);
      if (bytes instanceof Uint8Array) pins.push({ id, version, digest: sha256Hex(bytes) });
    }
    return pins;
  }

  async put(dir: string): Promise<ModelPin> {
    const { pin, manifest } = await verifyNewFolder(dir);
    if (await this.#isStored(pin)) return pin;
    const paths = manifest.files.map(({ path }) => path);
    for (const path of [...paths, ...(await namesOfTexts(dir))]) await this.#write(pin, dir, path);
    const isFirst = await this.#write(pin, dir, MANIFEST_FILE);
    // Another process stored this version meanwhile.
    if (!isFirst) await this.#isStored(pin);
    return pin;
  }

  async get(pin: ModelPin): Promise<string> {
    const running = this.#downloads.get(pin.digest);
    if (running !== undefined) return running;
    const download = this.#cached(pin).finally(() => this.#downloads.delete(pin.digest));
    this.#downloads.set(pin.digest, download);
    return download;
  }

  async remove(version: ModelVersion): Promise<boolean> {
    const { objects } = this.#parts;
    const manifest = await this.#manifestOf(version);
    if (manifest !== undefined) await objects.remove(manifest);
    for await (const object of this.#objects(this.#nameOf(version, ''))) await objects.remove(object);
    return manifest !== undefined;
  }

  /** @throws {InputError} it is stored with another content */
  async #isStored(pin: ModelPin): Promise<boolean> {
    const stored = await this.#manifestOf(pin);
    const bytes = stored && (await this.#read(stored, MAX_MANIFEST_BYTES));
    if (!(bytes instanceof Uint8Array)) return false;
    requireSameContent({ ...pin, digest: sha256Hex(bytes) }, pin);
    return true;
  }

  /** The folder of an earlier download if its files are as they were, otherwise a new download. */
  async #cached(pin: ModelPin): Promise<string> {
    const dir = join(this.#parts.cacheDir, pin.digest);
    try {
      requireDigest(pin, (await verifyFolder(dir)).pin.digest);
      return dir;
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      await rm(dir, { recursive: true, force: true });
    }
    await mkdir(this.#parts.cacheDir, { recursive: true });
    const partial = await mkdtemp(`${dir}.`);
    try {
      await this.#download(pin, partial);
      await renameUnlessExists(partial, dir);
      return dir;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  /** @throws {ModelError} lists every file that is missing or has another content */
  async #download(pin: ModelPin, dir: string): Promise<void> {
    const stored = new Map<string, StoredObject>();
    for await (const object of this.#objects(this.#nameOf(pin, ''))) stored.set(object.name, object);
    const fetched = async (path: string, maxBytes: number) => {
      const object = stored.get(this.#nameOf(pin, path));
      return object === undefined ? absent(path) : this.#read(object, maxBytes, path);
    };
    const source = nameOfVersion(pin);
    const listing = await fetched(MANIFEST_FILE, MAX_MANIFEST_BYTES);
    if (!(listing instanceof Uint8Array)) throw new ModelError(source, [listing]);
    requireDigest(pin, sha256Hex(listing));
    const { files } = parseManifest(JSON.parse(Buffer.from(listing).toString()), source);
    const faults = await Promise.all(
      files.map(async (file) => {
        const bytes = await fetched(file.path, file.bytes);
        return bytes instanceof Uint8Array ? writeVerified(dir, file, bytes) : bytes;
      }),
    );
    const found = faults.filter((fault) => fault !== undefined);
    if (found.length > 0) throw new ModelError(source, found);
    await writeFile(join(dir, MANIFEST_FILE), listing);
  }

  /** @returns false if the manifest exists already; other files are replaced */
  async #write(version: ModelVersion, dir: string, path: string): Promise<boolean> {
    const { objects, bucket } = this.#parts;
    const object = { bucket, name: this.#nameOf(version, path), bytes: await readFile(join(dir, path)) };
    const condition = path === MANIFEST_FILE ? { ifGeneration: '0' as StoredObject['generation'] } : {};
    return (await objects.write(object, condition)) !== undefined;
  }

  async #manifestOf(version: ModelVersion): Promise<StoredObject | undefined> {
    return this.#parts.objects.stat(this.#parts.bucket, this.#nameOf(version, MANIFEST_FILE));
  }

  /** @returns the fault of an object that is missing or too large */
  async #read(object: StoredObject, maxBytes: number, at = object.name): Promise<Uint8Array | ModelFault> {
    try {
      return (await this.#parts.objects.read(object, maxBytes)) ?? absent(at);
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      return { at, expected: `${maxBytes} bytes`, received: error.message };
    }
  }

  async *#objects(prefix: string): AsyncGenerator<StoredObject> {
    const { objects, bucket } = this.#parts;
    let pageToken: string | undefined;
    do {
      const page = await objects.list(bucket, { prefix, ...(pageToken !== undefined && { pageToken }) });
      yield* page.objects;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
  }

  #nameOf({ id, version }: ModelVersion, path: string): string {
    return `${this.#parts.prefix}${id}/${version}/${path}`;
  }
}

async function writeVerified(
  dir: string,
  { path, bytes, sha256 }: Manifest['files'][number],
  content: Uint8Array,
): Promise<ModelFault | undefined> {
  if (content.length !== bytes)
    return { at: path, expected: `${bytes} bytes`, received: `${content.length}` };
  const digest = sha256Hex(content);
  if (digest !== sha256) return { at: path, expected: `sha256 ${sha256}`, received: digest };
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
  return undefined;
}

function absent(at: string): ModelFault {
  return { at, expected: 'a file', received: 'none' };
}
