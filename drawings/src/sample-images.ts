import sharp from 'sharp';
import { CATEGORIES, type Category, drawProduct } from './draw-product.js';
import { type Random, seededRandom } from './random.js';

export interface SampleImage {
  /** The name says nothing about the category; the category is a separate field. */
  readonly name: string;
  readonly category: Category;
  readonly bytes: Buffer;
  readonly contentType: 'image/jpeg' | 'image/png' | 'image/webp';
}

export interface SampleOptions {
  readonly count: number;
  readonly seed: number;
  /** Larger pictures are drawn smaller. In pixels; default 2400. */
  readonly longestSide?: number;
}

/** In pixels: sizes that shops, phones and feeds deliver. */
const SIZES = [
  [600, 800],
  [600, 800],
  [768, 1024],
  [900, 1200],
  [240, 320],
  [800, 800],
  [1080, 1080],
  [800, 600],
  [1200, 900],
  [1800, 2400],
] as const;

const FORMATS = [
  { extension: 'jpg', contentType: 'image/jpeg' },
  { extension: 'jpg', contentType: 'image/jpeg' },
  { extension: 'jpg', contentType: 'image/jpeg' },
  { extension: 'jpg', contentType: 'image/jpeg' },
  { extension: 'jpg', contentType: 'image/jpeg' },
  { extension: 'jpg', contentType: 'image/jpeg' },
  { extension: 'png', contentType: 'image/png' },
  { extension: 'webp', contentType: 'image/webp' },
] as const;

/** Product drawings; every ten of them contain each category once. The same options give the same bytes. */
export async function* sampleImages(options: SampleOptions): AsyncGenerator<SampleImage> {
  const order = seededRandom(`order/${options.seed}`);
  for (let start = 0; start < options.count; start += CATEGORIES.length) {
    const categories = order.shuffle(CATEGORIES).slice(0, options.count - start);
    for (const [at, category] of categories.entries()) yield await sampleImage(category, start + at, options);
  }
}

async function sampleImage(category: Category, index: number, options: SampleOptions): Promise<SampleImage> {
  const seed = `${options.seed}/${index}`;
  const random = seededRandom(`format/${seed}`);
  const [width, height] = sizeWithin(random, options.longestSide ?? 2400);
  const svg = drawProduct({ category, seed, width, height });
  const { extension, contentType } = random.pick(FORMATS);
  const drawn = sharp(Buffer.from(svg)).flatten({ background: 'white' });
  const quality = random.integer(70, 95);
  const encoded = {
    jpg: () => drawn.jpeg({ quality }),
    png: () => drawn.png(),
    webp: () => drawn.webp({ quality }),
  };
  const name = `sample-${String(index + 1).padStart(4, '0')}.${extension}`;
  return { name, category, bytes: await encoded[extension]().toBuffer(), contentType };
}

function sizeWithin(random: Random, longestSide: number): [width: number, height: number] {
  const [width, height] = random.pick(SIZES);
  const scale = Math.min(1, longestSide / Math.max(width, height));
  return [Math.round(width * scale), Math.round(height * scale)];
}
