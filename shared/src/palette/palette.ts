import { modeOklab, modeOklch, useMode } from 'culori/fn';
import type { Palette } from '../domain/palette.js';
import type { RgbImage } from '../imaging/decoded-image.js';
import type { Area } from '../imaging/picture-area.js';
import { foregroundOf } from './foreground.js';
import { nameOf } from './iscc-nbs.js';
import { mainColours } from './main-colours.js';
import { mixOf } from './oklab.js';
import { type OklabGrid, oklabGrid } from './oklab-grid.js';
import { groupSimilar } from './similar-cells.js';

useMode(modeOklab);
const toOklch = useMode(modeOklch);

/** The main colours of the product in a picture. @param area the part of the pixels that is no padding */
export function paletteOf(image: RgbImage, area: Area): Palette {
  const grid = oklabGrid(image, area);
  const product = foregroundOf(grid);
  const colours = mainColours(groupSimilar(grid, product, (cell) => weightOf(cell, grid)));
  const { weight } = mixOf(colours);
  return colours.map(({ weight: part, ...colour }) => {
    const { l, c, h = 0 } = toOklch({ mode: 'oklab', ...colour });
    return {
      name: nameOf(colour),
      share: round(part / weight, 2),
      lightness: round(l, 3),
      chroma: round(c, 3),
      hue: round(h, 0),
    };
  });
}

/** Falls from 1 in the middle of the picture to 0.06 at the middle of a side: there are faces, arms and trousers. */
function weightOf(cell: number, { width, height }: OklabGrid): number {
  const x = ((cell % width) + 0.5) / width - 0.5;
  const y = (Math.floor(cell / width) + 0.5) / height - 0.5;
  return Math.exp(-11 * (x * x + y * y));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
