import { type Colour, css, grey, lighter } from './colours.js';
import type { Random } from './random.js';
import { d, element, ellipse, line, type Point, rectangle } from './svg.js';

const quietColour = (random: Random): Colour => ({
  hue: random.between(0, 360),
  saturation: random.between(5, 35),
  lightness: random.between(72, 92),
});

/** The background of a product, over a canvas of `size` with the origin in its middle. */
export function background(random: Random, size: Point): string {
  return random.pick([white, white, plain, gradient, table])(random, size);
}

type Ground = (random: Random, size: Point) => string;

const filled = (size: Point, fill: string): string => rectangle({ x: 0, y: 0 }, size, { fill });

const white: Ground = (random, size) => filled(size, css(grey(random.chance(0.7) ? 100 : 95)));

const plain: Ground = (random, size) => filled(size, css(quietColour(random)));

const gradient: Ground = (random, size) => {
  const colour = quietColour(random);
  const stops = [
    element('stop', { offset: 0, 'stop-color': css(lighter(colour, 8)) }),
    element('stop', { offset: 1, 'stop-color': css(lighter(colour, -18)) }),
  ];
  return element('radialGradient', { id: 'ground', r: 0.8 }, ...stops) + filled(size, 'url(#ground)');
};

/** Wooden boards, horizontal. */
const table: Ground = (random, size) => {
  const wood = {
    hue: random.between(20, 38),
    saturation: random.between(15, 45),
    lightness: random.between(45, 78),
  };
  const rows = random.integer(4, 8);
  const step = size.y / rows;
  const boards = Array.from({ length: rows }, (_, row) => {
    const y = -size.y / 2 + (row + 0.5) * step;
    const board = rectangle(
      { x: 0, y },
      { x: size.x, y: step },
      { fill: css(lighter(wood, random.between(-4, 4))) },
    );
    return (
      board + line(d`M${-size.x / 2} ${y + step / 2}H${size.x / 2}`, css(lighter(wood, -18)), step * 0.03)
    );
  });
  return boards.join('');
};

/** A soft shadow on the ground under a product of `size`. */
export function shadow(size: Point): string {
  const rings = [1, 0.9, 0.8].map((share) =>
    ellipse(
      { x: 0, y: size.y / 2 },
      { x: size.x * 0.5 * share, y: size.y * 0.06 * share + 1 },
      { fill: '#000', 'fill-opacity': 0.08 },
    ),
  );
  return rings.join('');
}
