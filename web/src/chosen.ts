/** Files that a person dropped or chose, and the names that they get in the bucket. */

/** Cloud Storage's limit for a name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 1_024;
/** Files that an operating system puts into folders. */
const NO_PICTURES = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

export interface Chosen {
  readonly file: File;
  /** With the folders above it in the folder that was dropped or chosen: `returns/shoes/a.jpg`. */
  readonly path: string;
  /** Random: the files of one folder go to the same place, and no other file does. */
  readonly place: string;
}

/** Files that were chosen one by one may have the same name: phones name every picture alike. */
export function chosenOf(files: readonly File[]): readonly Chosen[] {
  const place = crypto.randomUUID();
  return files
    .filter(mayBePicture)
    .map((file) =>
      file.webkitRelativePath
        ? { file, path: file.webkitRelativePath, place }
        : { file, path: file.name, place: crypto.randomUUID() },
    );
}

/** False for what an operating system puts into folders. The bucket decides about all else. */
export function mayBePicture({ name }: { readonly name: string }): boolean {
  return !NO_PICTURES.includes(name);
}

/**
 * The name of an object. A path that Cloud Storage does not accept is changed: the outermost folders are left out until it is
 * short enough. It gets a place of its own, since another path may have become the same.
 * @param folder of the bucket, with `/` at its end
 */
export function objectNameOf(folder: string, { path, place }: Pick<Chosen, 'path' | 'place'>): string {
  // Cloud Storage refuses line ends, and advises against all control characters.
  const parts = path.replaceAll(/\p{Cc}/gu, '_').split('/');
  const nameIn = (place: string) => `${folder}${place}/${parts.join('/')}`;
  const bytes = () => new TextEncoder().encode(nameIn(place)).length;
  while (parts.length > 1 && bytes() > MAX_NAME_BYTES) parts.shift();
  return nameIn(parts.join('/') === path ? place : crypto.randomUUID());
}
