import type { RgbImage } from '../imaging/decoded-image.js';
import type { Size } from '../imaging/limits.js';
import type { Area } from '../imaging/picture-area.js';
import type { Oklab } from './oklab.js';

/** A picture as a few thousand cells, each with its mean colour in OKLab: `lightness, a, b`, row by row. */
export interface OklabGrid extends Size {
  readonly lab: Float32Array;
}

/** Enough for the parts of a garment, and less noise than in single pixels. */
const LONGEST_SIDE_CELLS = 64;

export function oklabGrid(image: RgbImage, area: Area): OklabGrid {
  const side = Math.ceil(Math.max(area.width, area.height) / LONGEST_SIDE_CELLS);
  const width = Math.ceil(area.width / side);
  const height = Math.ceil(area.height / side);
  const lab = new Float32Array(width * height * 3);
  for (let row = 0; row < height; row += 1)
    for (let column = 0; column < width; column += 1) {
      const [left, top] = [column * side, row * side];
      const cell = {
        left: area.left + left,
        top: area.top + top,
        width: Math.min(side, area.width - left),
        height: Math.min(side, area.height - top),
      };
      writeOklab(lab, (row * width + column) * 3, meanLight(image, cell));
    }
  return { width, height, lab };
}

export function colourAt({ lab }: OklabGrid, cell: number): Oklab {
  return { l: lab[cell * 3] ?? 0, a: lab[cell * 3 + 1] ?? 0, b: lab[cell * 3 + 2] ?? 0 };
}

type Light = readonly [red: number, green: number, blue: number];

/** The mean of pixels is taken in linear light, in which lights add. */
function meanLight({ width, pixels }: RgbImage, cell: Area): Light {
  let [red, green, blue] = [0, 0, 0];
  for (let y = cell.top; y < cell.top + cell.height; y += 1) {
    const from = (y * width + cell.left) * 3;
    for (let at = from; at < from + cell.width * 3; at += 3) {
      red += LIGHT[pixels[at] ?? 0] ?? 0;
      green += LIGHT[pixels[at + 1] ?? 0] ?? 0;
      blue += LIGHT[pixels[at + 2] ?? 0] ?? 0;
    }
  }
  const count = cell.width * cell.height;
  return [red / count, green / count, blue / count];
}

/** Linear light by 8-bit sRGB value. */
const LIGHT = Float32Array.from({ length: 256 }, (_, value) => {
  const encoded = value / 255;
  return encoded <= 0.04045 ? encoded / 12.92 : ((encoded + 0.055) / 1.055) ** 2.4;
});

/**
 * https://bottosson.github.io/posts/oklab. The library's conversion makes three objects for each colour, which takes longer than the
 * rest of the palette; a test compares the two.
 */
function writeOklab(lab: Float32Array, at: number, [red, green, blue]: Light): void {
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  lab[at] = 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short;
  lab[at + 1] = 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short;
  lab[at + 2] = 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short;
}
