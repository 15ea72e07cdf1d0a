import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flat } from '../fixtures/pictures.js';

/** Makes a folder with red pictures, `<prefix>-<index>.jpg`, of different bytes up to 50. @returns their paths */
export async function writePictures(
  folder: string,
  count: number,
  prefix: string,
): Promise<readonly string[]> {
  await mkdir(folder);
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const path = join(folder, `${prefix}-${index}.jpg`);
    const picture = flat(`rgb(${200 + (index % 50)}, 40, 30)`, { width: 64, height: 64 });
    await writeFile(path, await picture.jpeg().toBuffer());
    paths.push(path);
  }
  return paths;
}
