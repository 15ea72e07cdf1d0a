import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { ImageError, InputError } from '@hangtag/shared/errors.js';
import { decodeImage, type RgbImage, type Target } from '@hangtag/shared/imaging/decode.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';

/** A picture with the size of the input, and a PNG with exactly these pixels. */
export interface GoldenPicture {
  readonly file: string;
  readonly bytes: Buffer;
  readonly image: RgbImage;
}

const COUNT = 8;
const SEED = 1;

/** Takes pictures from a given folder or from the project's drawings. Any pictures are suitable, if they do not change. */
export async function goldenPictures(
  target: Target,
  folder: string | undefined,
): Promise<readonly GoldenPicture[]> {
  const pictures: GoldenPicture[] = [];
  for await (const bytes of folder === undefined ? drawings() : picturesIn(folder)) {
    const image = await decoded(bytes, target);
    if (image !== undefined) {
      const file = `golden/${String(pictures.length + 1).padStart(2, '0')}.png`;
      pictures.push({ file, bytes: await asPng(image), image });
    }
    if (pictures.length === COUNT) break;
  }
  if (pictures.length === 0)
    throw new InputError(`Expected pictures in ${folder} but found none that can be read`);
  return pictures;
}

async function* drawings(): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of sampleImages({ count: COUNT, seed: SEED, longestSide: 800 })) yield bytes;
}

async function* picturesIn(folder: string): AsyncGenerator<Uint8Array> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  for (const { name } of names.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
    yield readFile(join(folder, name));
}

async function decoded(bytes: Uint8Array, target: Target): Promise<RgbImage | undefined> {
  try {
    return await decodeImage(bytes, target, DEFAULT_LIMITS);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

function asPng({ width, height, pixels }: RgbImage): Promise<Buffer> {
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
