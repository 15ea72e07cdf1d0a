/** The storage of a device in a folder, for Node. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceState, DeviceStorage } from './device.js';

const STATE = 'state.json';

/** Each file is written beside its place, and renamed when it is complete. */
export class DeviceFolder implements DeviceStorage {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async readState(): Promise<DeviceState | undefined> {
    const bytes = await this.readFile(STATE);
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  }

  writeState(state: DeviceState): Promise<void> {
    return this.writeFile(STATE, new TextEncoder().encode(JSON.stringify(state)));
  }

  async readFile(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      return new Uint8Array(await readFile(join(this.#folder, name)));
    } catch (error) {
      if ((error as { code?: string }).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  async writeFile(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const path = join(this.#folder, name);
    await mkdir(this.#folder, { recursive: true });
    await writeFile(`${path}.part`, bytes, { flush: true });
    await rename(`${path}.part`, path);
  }

  async keepFiles(sha256s: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#folder))
      if (name !== STATE && !sha256s.has(name)) await rm(join(this.#folder, name), { force: true });
  }
}
