/**
 * Pictures of the project's generator with added grain: without grain they would decode faster than
 * photographs. They are made once and kept in the system's folder for temporary files. A benchmark uploads the
 * same few under as many names as it needs.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CATEGORIES, type Category, drawProduct } from '@hangtag/drawings/draw-product.js';
import sharp from 'sharp';

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The standard picture of the benchmarks: a shop's photo. */
export const SHOP_PHOTO: PictureSize = { width: 1800, height: 2400 };

/** Standard deviation of the grain, of 256 levels: pictures of 1800x2400 have 90 to 432 kB, 251 on average. */
const GRAIN = 12;
const QUALITY = 85;

/** @returns the bytes of one JPEG picture of each category */
export async function pictures(size: PictureSize, say: (line: string) => void): Promise<readonly Buffer[]> {
  const folder = await pictureFolder(size, say);
  const names = (await readdir(folder)).sort();
  return Promise.all(names.map((name) => readFile(join(folder, name))));
}

/** Three sizes of JPEG, and the smallest of them in five other formats. */
export async function mixedPictures(say: (line: string) => void): Promise<readonly Buffer[]> {
  const [small, medium, large] = await Promise.all([
    pictures({ width: 600, height: 800 }, say),
    pictures(SHOP_PHOTO, say),
    pictures({ width: 3_000, height: 4_000 }, say),
  ]);
  const [picture] = small;
  const formats = ['png', 'webp', 'avif', 'gif', 'tiff'] as const;
  const others = await Promise.all(formats.map((format) => sharp(picture).toFormat(format).toBuffer()));
  return [...small, ...medium, ...large, ...others];
}

/** The folder of the pictures, for a process that reads them itself. */
export async function pictureFolder(size: PictureSize, say: (line: string) => void): Promise<string> {
  const cache = process.env['BENCH_PICTURES'];
  if (cache === undefined) throw new Error('Expected the folder of pictures in BENCH_PICTURES');
  const folder = join(cache, `${size.width}x${size.height}`);
  if (existsSync(folder)) return folder;
  say(`Drawing ${CATEGORIES.length} pictures of ${size.width}x${size.height} (once) ...`);
  // Renamed at the end: a folder with this name is complete.
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  for (const [index, category] of CATEGORIES.entries()) {
    await writeFile(join(unfinished, `${index}.jpg`), await draw(category, size));
  }
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  return folder;
}

function draw(category: Category, size: PictureSize): Promise<Buffer> {
  const drawing = drawProduct({ category, seed: 'bench', ...size });
  const noise = { type: 'gaussian', mean: 128, sigma: GRAIN } as const;
  const grain = { create: { ...size, channels: 3, background: '#808080', noise } } as const;
  return sharp(Buffer.from(drawing))
    .flatten({ background: 'white' })
    .composite([{ input: grain, blend: 'soft-light' }])
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
