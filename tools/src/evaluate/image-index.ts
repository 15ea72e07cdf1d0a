import { readdir } from 'node:fs/promises';
import { basename, extname, join, sep } from 'node:path';

/** Finds pictures in a folder by their path, or by their file name with or without the extension. */
export class ImageIndex {
  readonly #folder: string;
  readonly #byName = new Map<string, string>();

  static async of(folder: string): Promise<ImageIndex> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    return new ImageIndex(folder, files.sort());
  }

  private constructor(folder: string, files: readonly string[]) {
    this.#folder = folder;
    for (const file of files) {
      for (const name of [basename(file, extname(file)), basename(file)]) {
        if (!this.#byName.has(name)) this.#byName.set(name, file);
      }
      this.#byName.set(file, file);
    }
  }

  /** The path of a picture; undefined if it is not in the folder. */
  find(name: string): string | undefined {
    return this.#byName.get(join(this.#folder, name.replaceAll('/', sep))) ?? this.#byName.get(name);
  }
}
