import { type Colour, css, lighter } from './colours.js';
import { d, element, line, type Point } from './svg.js';

/** Shoes are drawn from the side, the toe to the left, the ground at y = 0. This centres a shoe of `height`. */
export const standing = (shapes: readonly string[], height: number): string =>
  element('g', { transform: d`translate(0 ${height / 2})` }, ...shapes);

interface Lacing {
  /** The lace nearest to the toe; the laces go up from there to the ankle. */
  readonly from: Point;
  readonly ankle: number;
  readonly colour: Colour;
}

export function laces({ from, ankle, colour }: Lacing): string {
  const rows = 5;
  return Array.from({ length: rows }, (_, row) => {
    const share = row / (rows - 1);
    const x = from.x + share * (-8 - from.x);
    const y = from.y + share * (-ankle + 5 - from.y);
    const lace = d`M${x - 2} ${y - 1.4}L${x + 6.5} ${y + 4.5}`;
    return line(lace, css(lighter(colour, -45)), 2.4) + line(lace, css(colour), 1.6);
  }).join('');
}
