import type { ModelPin, ModelVersion } from '../domain/model-version.js';

/**
 * The versions of all models. A version is complete or absent, and its content never changes. Every method throws `TransientError` on
 * storage or network failure.
 */
export interface ModelStore {
  /** In the order of id and version. */
  list(): Promise<readonly ModelPin[]>;
  /**
   * Stores a model folder. It does nothing if this content is stored already.
   *
   * @throws {ModelError} a file is missing or is not as the manifest lists it
   * @throws {InputError} the version is stored with another content, or its name cannot be the name of a folder
   */
  put(dir: string): Promise<ModelPin>;
  /**
   * @returns a folder on this machine's disk whose files are as the manifest lists them
   * @throws {ModelError} there is no such version, it has another digest, or a file is damaged
   */
  get(pin: ModelPin): Promise<string>;
  /** @returns false if there is no such version */
  remove(version: ModelVersion): Promise<boolean>;
}
