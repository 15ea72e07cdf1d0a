import { css, grey, lighter, outline } from './colours.js';
import { type Cut, garment } from './garment.js';
import { type Cloth, cloth } from './patterns.js';
import type { Random } from './random.js';
import { bothSides, circle, type Drawing, path, rectangle } from './svg.js';

/** Collar, button placket, pocket; long or half sleeves; stripes and checks. */
export function shirt(random: Random): Drawing {
  const chest = random.between(24, 28);
  const long = random.chance(0.6);
  const cut: Cut = {
    neck: { half: 8, depth: 8, kind: 'v' },
    shoulder: { half: chest - 1, drop: random.between(5, 8) },
    chest,
    armhole: random.between(22, 25),
    waist: chest - random.between(1, 3),
    hem: chest,
    length: random.between(72, 82),
    hemDrop: random.between(2, 5),
    sleeve: long
      ? {
          length: random.between(52, 60),
          halfWidth: random.between(5, 6.5),
          angleDeg: random.between(10, 24),
        }
      : {
          length: random.between(20, 25),
          halfWidth: random.between(8, 9.5),
          angleDeg: random.between(20, 40),
        },
  };
  const fabric = cloth(random, ['plain', 'plain', 'stripes', 'checks', 'checks']);
  const pocket = random.chance(0.7) ? breastPocket(fabric) : '';
  return garment(cut, fabric, placket(cut, fabric) + pocket + collar(fabric));
}

function placket(cut: Cut, { colour }: Cloth): string {
  const band = rectangle(
    { x: 0, y: (cut.neck.depth + cut.length) / 2 },
    { x: 4, y: cut.length - cut.neck.depth },
    {
      fill: css(lighter(colour, 5)),
      stroke: outline(colour),
      'stroke-width': 0.4,
    },
  );
  const buttons = [0, 1, 2, 3, 4, 5].map((row) =>
    circle({ x: 0, y: cut.neck.depth + 5 + row * ((cut.length - 18) / 5.5) }, 0.95, {
      fill: css(grey(colour.lightness > 50 ? 25 : 88)),
    }),
  );
  return band + buttons.join('');
}

function breastPocket({ colour }: Cloth): string {
  return path('M8 26H18V37L13 39.5L8 37Z', {
    fill: css(lighter(colour, 4)),
    'fill-opacity': 0.55,
    stroke: outline(colour),
    'stroke-width': 0.5,
  });
}

function collar({ colour }: Cloth): string {
  const wing = {
    fill: css(lighter(colour, 7)),
    stroke: outline(colour),
    'stroke-width': 0.6,
    'stroke-linejoin': 'round',
  };
  return bothSides(path('M-8.5 -1.5Q-4 3 0 8.5L-6.5 14L-12.5 3Z', wing));
}
