import { css, grey, lighter, outline, vividColour } from './colours.js';
import { type Cut, garment, neckEdge } from './garment.js';
import { cloth } from './patterns.js';
import type { Random } from './random.js';
import { circle, type Drawing, d, element, line, path, rectangle } from './svg.js';

/** Straight body, short sleeves, round or V neck, usually a print on the chest. */
export function tshirt(random: Random): Drawing {
  const chest = random.between(25, 29);
  const cut: Cut = {
    neck: {
      half: random.between(8, 10.5),
      depth: random.between(6, 9),
      kind: random.pick(['round', 'round', 'v']),
    },
    shoulder: { half: chest - 1, drop: random.between(4, 7) },
    chest,
    armhole: random.between(22, 26),
    waist: chest - random.between(0, 2),
    hem: chest + random.between(-1, 1),
    length: random.between(64, 78),
    hemDrop: random.between(0, 1.5),
    sleeve: {
      length: random.between(15, 21),
      halfWidth: random.between(8, 10),
      angleDeg: random.between(22, 50),
    },
  };
  const fabric = cloth(random, ['plain', 'plain', 'plain', 'hoops']);
  const print = random.chance(0.75) ? chestPrint(random, cut) : '';
  const rib = line(neckEdge(cut), css(lighter(fabric.colour, -12)), 2);
  const seam = line(
    d`M${-cut.hem + 1} ${cut.length - 2}Q0 ${cut.length - 2 + cut.hemDrop} ${cut.hem - 1} ${cut.length - 2}`,
    outline(fabric.colour),
    0.4,
  );
  return garment(cut, fabric, print + rib + seam);
}

function chestPrint(random: Random, cut: Cut): string {
  const centre = { x: 0, y: random.between(28, 36) };
  const ink = css(vividColour(random));
  const second = css(random.pick([grey(95), grey(8), vividColour(random)]));
  const size = random.between(8, 13);
  const rays = Array.from({ length: 12 }, (_, ray) =>
    path(d`M0 0L${-size * 0.13} ${-size}L${size * 0.13} ${-size}Z`, {
      fill: ink,
      transform: `rotate(${ray * 30})`,
    }),
  );
  const bars = [0, 1, 2].map((row) =>
    rectangle(
      { x: 0, y: (row - 1) * size * 0.5 },
      { x: size * random.between(1.2, 2.4), y: size * 0.3 },
      { fill: row === 1 ? second : ink },
    ),
  );
  const prints = [
    circle({ x: 0, y: 0 }, size, { fill: ink }) + circle({ x: 0, y: 0 }, size * 0.6, { fill: second }),
    rays.join('') + circle({ x: 0, y: 0 }, size * 0.45, { fill: second }),
    bars.join(''),
    path(
      d`M${-size} ${size * 0.7}L${-size * 0.2} ${-size * 0.6}L${size * 0.2} 0L${size * 0.5} ${-size * 0.4}L${size} ${size * 0.7}Z`,
      { fill: ink },
    ),
    rectangle({ x: -cut.chest * 0.5, y: -6 }, { x: 4, y: 4 }, { fill: ink }),
  ];
  return element('g', { transform: d`translate(${centre.x} ${centre.y})` }, random.pick(prints));
}
