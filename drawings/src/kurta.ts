import { css, grey, outline, vividColour } from './colours.js';
import { type Cut, garment, neckEdge, waistline } from './garment.js';
import { cloth } from './patterns.js';
import type { Random } from './random.js';
import { bothSides, circle, type Drawing, d, ellipse, line, path, rectangle } from './svg.js';

/** A knee-length tunic: stand collar, embroidered yoke and hem, slits at the sides. */
export function kurta(random: Random): Drawing {
  const chest = random.between(19, 22);
  const cut: Cut = {
    neck: { half: random.between(6.5, 8.5), depth: random.between(6, 10), kind: random.pick(['round', 'v']) },
    shoulder: { half: chest - 1, drop: random.between(4, 6) },
    chest,
    armhole: random.between(20, 23),
    waist: chest - random.between(1, 3),
    hem: chest + random.between(3, 9),
    length: random.between(108, 126),
    hemDrop: random.between(0, 2),
    sleeve: {
      length: random.between(28, 52),
      halfWidth: random.between(5, 7),
      angleDeg: random.between(8, 22),
    },
  };
  const fabric = cloth(random, ['plain', 'plain', 'florals', 'dots', 'stripes']);
  const thread = css(random.chance(0.5) ? { hue: 45, saturation: 75, lightness: 60 } : vividColour(random));
  const border = random.between(4, 9);
  const hem = path(
    d`M${-cut.hem + 0.4} ${cut.length - border}H${cut.hem - 0.4}V${cut.length}Q0 ${cut.length + cut.hemDrop * 2} ${-cut.hem + 0.4} ${cut.length}Z`,
    { fill: thread, 'fill-opacity': 0.85 },
  );
  const slits = bothSides(line(slit(cut), outline(fabric.colour), 0.9));
  return garment(cut, fabric, hem + slits + yoke(random, cut, thread) + line(neckEdge(cut), thread, 2.2));
}

/** From the corner of the hem up along the side, just inside its curve. */
function slit(cut: Cut): string {
  const { waist, hem, length } = cut;
  const waistY = waistline(cut);
  const end = { x: 1.5 - waist * 0.75 - hem * 0.25, y: waistY + (length - waistY) * 0.45 };
  return d`M${3 - hem} ${length}Q${end.x + 0.4} ${(length + end.y) / 2} ${end.x} ${end.y}`;
}

/** The embroidered panel down the chest. */
function yoke(random: Random, { neck }: Cut, thread: string): string {
  const depth = random.between(18, 34);
  const from = neck.depth;
  const bar = random.pick([
    rectangle({ x: 0, y: from + depth / 2 }, { x: 7, y: depth }, { fill: thread, 'fill-opacity': 0.8 }),
    ellipse({ x: 0, y: from + depth * 0.4 }, { x: 9, y: depth * 0.5 }, { fill: thread, 'fill-opacity': 0.7 }),
    line(d`M0 ${from}V${from + depth}`, thread, 1.6),
  ]);
  const stitches = Array.from({ length: Math.round(depth / 4) }, (_, row) =>
    circle({ x: 0, y: from + 2 + row * 4 }, 0.9, { fill: css(grey(15)) }),
  );
  return bar + stitches.join('');
}
