import { type Colour, clothColour, css, lighter } from './colours.js';
import type { Random } from './random.js';
import { circle, d, element, line, path, rectangle } from './svg.js';

/** The fill of a surface: `paint` goes into `fill`, `defs` into the definitions of the drawing. */
export interface Cloth {
  readonly colour: Colour;
  readonly paint: string;
  readonly defs: string;
}

export type Weave = 'plain' | 'stripes' | 'hoops' | 'checks' | 'dots' | 'florals';

export function cloth(random: Random, weaves: readonly Weave[]): Cloth {
  const colour = clothColour(random);
  const weave = random.pick(weaves);
  if (weave === 'plain') return { colour, paint: css(colour), defs: '' };
  const size = random.between(4, 13);
  const motif = motifs[weave](random, size, contrasting(random, colour));
  const ground = rectangle({ x: size / 2, y: size / 2 }, { x: size, y: size }, { fill: css(colour) });
  const tile = { id: 'cloth', width: size, height: size, patternUnits: 'userSpaceOnUse' };
  return { colour, paint: 'url(#cloth)', defs: element('pattern', tile, ground, motif) };
}

function contrasting(random: Random, ground: Colour): Colour {
  const other = clothColour(random);
  const apart = Math.abs(other.lightness - ground.lightness) > 20;
  return apart ? other : lighter(other, ground.lightness > 50 ? -35 : 35);
}

const motifs: Record<Exclude<Weave, 'plain'>, (random: Random, size: number, colour: Colour) => string> = {
  stripes: (random, size, colour) =>
    line(d`M${size / 2} 0V${size}`, css(colour), size * random.between(0.1, 0.5)),
  hoops: (random, size, colour) =>
    line(d`M0 ${size / 2}H${size}`, css(colour), size * random.between(0.2, 0.55)),
  checks: (random, size, colour) => {
    const width = size * random.between(0.12, 0.5);
    const bar = { fill: css(colour), 'fill-opacity': 0.6 };
    const middle = { x: size / 2, y: size / 2 };
    return rectangle(middle, { x: width, y: size }, bar) + rectangle(middle, { x: size, y: width }, bar);
  },
  dots: (random, size, colour) => {
    const radius = size * random.between(0.12, 0.28);
    const corners = [0, size].flatMap((x) =>
      [0, size].map((y) => circle({ x, y }, radius, { fill: css(colour) })),
    );
    return circle({ x: size / 2, y: size / 2 }, radius, { fill: css(colour) }) + corners.join('');
  },
  florals: (random, size, colour) => flower(size / 2, size * 0.36, css(colour), css(clothColour(random))),
};

function flower(centre: number, reach: number, petals: string, heart: string): string {
  const leaves = [0, 72, 144, 216, 288].map((turn) =>
    path(d`M0 0Q${reach * 0.5} ${-reach * 0.5} 0 ${-reach}Q${-reach * 0.5} ${-reach * 0.5} 0 0`, {
      fill: petals,
      transform: `translate(${centre} ${centre}) rotate(${turn})`,
    }),
  );
  return leaves.join('') + circle({ x: centre, y: centre }, reach * 0.25, { fill: heart });
}
