import { background, shadow } from './backgrounds.js';
import { casualShoe } from './casual-shoe.js';
import { handbag } from './handbag.js';
import { heel } from './heel.js';
import { kurta } from './kurta.js';
import { type Random, seededRandom } from './random.js';
import { shirt } from './shirt.js';
import { sportsShoe } from './sports-shoe.js';
import { sunglasses } from './sunglasses.js';
import { type Drawing, d, element, type Point } from './svg.js';
import { top } from './top.js';
import { tshirt } from './tshirt.js';
import { watch } from './watch.js';

const draftsmen = {
  'Casual Shoes': casualShoe,
  Handbags: handbag,
  Heels: heel,
  Kurtas: kurta,
  Shirts: shirt,
  'Sports Shoes': sportsShoe,
  Sunglasses: sunglasses,
  Tops: top,
  Tshirts: tshirt,
  Watches: watch,
} satisfies Record<string, (random: Random) => Drawing>;

export type Category = keyof typeof draftsmen;

export const CATEGORIES: readonly Category[] = Object.keys(draftsmen).filter(isCategory);

export function isCategory(name: string): name is Category {
  return name in draftsmen;
}

export interface ProductDrawing {
  readonly category: Category;
  /** Equal seeds give equal drawings. */
  readonly seed: string;
  /** Size of the canvas in pixels. */
  readonly width: number;
  readonly height: number;
}

/** A product of the category on a random background in a random pose, as SVG text. */
export function drawProduct({ category, seed, width, height }: ProductDrawing): string {
  const random = seededRandom(seed);
  const product = draftsmen[category](random);
  const canvas = { x: 100 * Math.sqrt(width / height), y: 100 * Math.sqrt(height / width) };
  const size = { width, height, viewBox: d`${-canvas.x / 2} ${-canvas.y / 2} ${canvas.x} ${canvas.y}` };
  const ground = background(random, canvas);
  const casts = random.chance(0.6) ? shadow({ x: product.width, y: product.height }) : '';
  const posed = element('g', { transform: pose(random, product, canvas) }, casts, product.shapes);
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', ...size },
    element('defs', {}, product.defs),
    ground,
    posed,
  );
}

/**
 * Fills 60 to 92 % of the canvas, slightly rotated, shifted and seen from the side; half of the products are
 * mirrored.
 */
function pose(random: Random, product: Drawing, canvas: Point): string {
  const scale = Math.min(canvas.x / product.width, canvas.y / product.height) * random.between(0.6, 0.92);
  const slack = { x: canvas.x - product.width * scale, y: canvas.y - product.height * scale };
  const x = (slack.x * random.between(-1, 1)) / 4;
  const y = (slack.y * random.between(-1, 1)) / 4;
  const mirror = random.chance(0.5) ? -1 : 1;
  const turn = random.between(-9, 9);
  const skew = random.between(-6, 6);
  return d`translate(${x} ${y}) rotate(${turn}) skewX(${skew}) scale(${scale * mirror} ${scale})`;
}
