/**
 * Keeps the model of a device up to date: docs/devices.md has the protocol. An update is complete or without effect: the new model is
 * downloaded beside the active one, and the switch is one write of the state.
 *
 *     const models = new DeviceModels({ url, credentials, keys: [publicKey], storage: new DeviceFolder('model'),
 *       network: 'tflite', deviceId, appVersion: '2.1.0', open });
 *     await models.update();
 *     const model = await models.active();
 */
import type { Model } from './answers.js';
import { type ClientOptions, Http } from './http.js';
import { readModelFile, sha256Hex, type VerificationKey, verifiedModel } from './model.js';

/** Where a device keeps its models. */
export interface DeviceStorage {
  /** @returns undefined before the first write */
  readState(): Promise<DeviceState | undefined>;
  /** Replaces the state; a reader sees the old one or the new one. */
  writeState(state: DeviceState): Promise<void>;
  readFile(sha256: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  writeFile(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Removes all other files. */
  keepFiles(sha256s: ReadonlySet<string>): Promise<void>;
}

export interface DeviceState {
  /** Signed manifests, as compact JWS. */
  readonly active: string | null;
  readonly former: string | null;
  /** Of the last manifest that was installed or has failed: it is not tried again. */
  readonly etag: string | null;
  /** When the newest manifest that was verified was issued: older ones are refused. */
  readonly issuedAt: string | null;
}

export interface InstalledModel {
  readonly manifest: Model;
  /** By path of the manifest. */
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
}

/** A model that the runtime of the app has opened. */
export interface OpenedModel {
  /** @returns the scores for a picture in the format of its file, after the head if the manifest names one */
  scoresOf(picture: Uint8Array<ArrayBuffer>): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface DeviceOptions extends ClientOptions {
  /** Public keys that the app contains. */
  readonly keys: readonly VerificationKey[];
  readonly storage: DeviceStorage;
  /** Which network of `engines` in the manifest. */
  readonly network: string;
  /** Any text that stays the same on this device. */
  readonly deviceId: string;
  /** Numbers with points: `2.1.0`. */
  readonly appVersion: string;
  readonly open: (model: InstalledModel) => Promise<OpenedModel>;
}

/** `unchanged`: also after a failure of the same manifest. `self-test-failed`: the former model stays active. */
export type UpdateOutcome =
  | 'updated'
  | 'unchanged'
  | 'older'
  | 'app-too-old'
  | 'not-in-rollout'
  | 'self-test-failed';

const EMPTY: DeviceState = { active: null, former: null, etag: null, issuedAt: null };

export class DeviceModels {
  readonly #options: DeviceOptions;
  readonly #http: Http;

  /** @throws {RangeError} `appVersion` does not begin with a number in each of its parts */
  constructor(options: DeviceOptions) {
    const { appVersion } = options;
    // A part without a number would compare as neither older nor newer.
    if (partsOf(appVersion).some(Number.isNaN))
      throw new RangeError(
        `Expected numbers with points for appVersion, such as 2.1.0, but received ${appVersion}`,
      );
    this.#options = options;
    this.#http = new Http(options);
  }

  /** @throws {HangtagVerificationError | HangtagApiError | TypeError} nothing has changed; files that are complete are kept for the next attempt */
  async update(): Promise<UpdateOutcome> {
    const { storage, keys, appVersion, deviceId } = this.#options;
    const state = (await storage.readState()) ?? EMPTY;
    const answer = await this.#http.changed<Model>('/v1/model', state.etag ?? undefined);
    if (answer === undefined) return 'unchanged';
    const manifest = await verifiedModel(answer.body.jws, keys);
    const { jws = '', issuedAt, minAppVersion } = manifest;
    if (state.issuedAt !== null && Date.parse(issuedAt) < Date.parse(state.issuedAt)) return 'older';
    if (minAppVersion !== null && compareVersions(appVersion, minAppVersion) < 0) return 'app-too-old';
    if (state.active !== null && !(await isInRollout(deviceId, manifest))) return 'not-in-rollout';
    const model = await this.#download(manifest);
    const seen = { ...state, etag: answer.etag, issuedAt };
    if (!(await this.#passesSelfTest(model))) {
      await this.#commit(seen);
      return 'self-test-failed';
    }
    const isSame = state.active !== null && isSameModel(await verifiedModel(state.active, keys), manifest);
    await this.#commit({ ...seen, active: jws, former: isSame ? state.former : state.active });
    return 'updated';
  }

  /** The active model, or the former one if a file of the active one is damaged; undefined: neither is complete. */
  async active(): Promise<InstalledModel | undefined> {
    const { active, former } = (await this.#options.storage.readState()) ?? EMPTY;
    return (await this.#read(active)) ?? (await this.#read(former));
  }

  /** Makes the former model active. The present manifest is not installed again. @returns whether there was a former model */
  async rollBack(): Promise<boolean> {
    const state = (await this.#options.storage.readState()) ?? EMPTY;
    if (state.former === null) return false;
    await this.#commit({ ...state, active: state.former, former: null });
    return true;
  }

  async #download(manifest: Model): Promise<InstalledModel> {
    const { storage, network } = this.#options;
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const { path, sha256 } of filesOf(manifest, network)) {
      let bytes = await readIntact(storage, sha256);
      if (bytes === undefined) {
        bytes = await readModelFile(this.#http, manifest, path);
        await storage.writeFile(sha256, bytes);
      }
      files.set(path, bytes);
    }
    return { manifest, files };
  }

  async #passesSelfTest(model: InstalledModel): Promise<boolean> {
    const { network, open } = this.#options;
    const opened = await open(model).catch(() => undefined);
    if (opened === undefined) return false;
    try {
      for (const { file, outputs, tolerance } of model.manifest.golden) {
        const scores = await opened.scoresOf(model.files.get(file) ?? new Uint8Array());
        if (!isWithin(scores, outputs[network] ?? [], tolerance[network] ?? 0)) return false;
      }
      return true;
    } catch {
      return false;
    } finally {
      await opened.close();
    }
  }

  async #commit(state: DeviceState): Promise<void> {
    const { storage, keys, network } = this.#options;
    await storage.writeState(state);
    const kept = new Set<string>();
    for (const jws of [state.active, state.former]) {
      if (jws === null) continue;
      for (const { sha256 } of filesOf(await verifiedModel(jws, keys), network)) kept.add(sha256);
    }
    await storage.keepFiles(kept);
  }

  async #read(jws: string | null): Promise<InstalledModel | undefined> {
    const { storage, keys, network } = this.#options;
    if (jws === null) return undefined;
    const manifest = await verifiedModel(jws, keys);
    const files = new Map<string, Uint8Array<ArrayBuffer>>();
    for (const { path, sha256 } of filesOf(manifest, network)) {
      const bytes = await readIntact(storage, sha256);
      if (bytes === undefined) return undefined;
      files.set(path, bytes);
    }
    return { manifest, files };
  }
}

/** The network, what is in its folder, the head and the golden pictures. @throws {RangeError} the model has no such network */
function filesOf({ engines, head, golden, files }: Model, network: string): Model['files'] {
  const entry = engines[network];
  if (entry === undefined)
    throw new RangeError(`Expected a network ${Object.keys(engines).join(' or ')} but received ${network}`);
  const folder = entry.slice(0, entry.lastIndexOf('/') + 1);
  const single = new Set([entry, head, ...golden.map(({ file }) => file)]);
  return files.filter(({ path }) => single.has(path) || (folder !== '' && path.startsWith(folder)));
}

async function readIntact(
  storage: DeviceStorage,
  sha256: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = await storage.readFile(sha256);
  return bytes !== undefined && (await sha256Hex(bytes)) === sha256 ? bytes : undefined;
}

function isWithin(scores: readonly number[], expected: readonly number[], tolerance: number): boolean {
  return (
    expected.length > 0 &&
    scores.length === expected.length &&
    scores.every((score, at) => Math.abs(score - (expected[at] ?? Number.NaN)) <= tolerance)
  );
}

function isSameModel(one: Model, other: Model): boolean {
  return (
    JSON.stringify([one.id, one.version, one.files]) ===
    JSON.stringify([other.id, other.version, other.files])
  );
}

/** A larger share has the devices of the smaller one, and every version begins with other devices. */
async function isInRollout(
  deviceId: string,
  { id, version, rolloutShare }: Pick<Model, 'id' | 'version' | 'rolloutShare'>,
): Promise<boolean> {
  const digest = await sha256Hex(new TextEncoder().encode(`${deviceId} ${id}@${version}`));
  return Number.parseInt(digest.slice(0, 8), 16) / 2 ** 32 < rolloutShare;
}

/** @returns below 0: `one` is older */
function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  for (let at = 0; at < Math.max(a.length, b.length); at += 1) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function partsOf(version: string): readonly number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}
