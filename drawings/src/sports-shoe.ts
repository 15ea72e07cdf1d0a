import { type Colour, css, grey, lighter, outline, vividColour } from './colours.js';
import type { Random } from './random.js';
import { laces, standing } from './shoe.js';
import { circle, type Drawing, d, line, path } from './svg.js';

/** Thick sculpted midsole with a raised heel, mesh, overlays and a bright stripe. */
export function sportsShoe(random: Random): Drawing {
  const upper = random.pick([grey(93), grey(13), grey(60), vividColour(random), vividColour(random)]);
  const accent = vividColour(random);
  const midsole = random.pick([grey(96), grey(96), vividColour(random)]);
  const ankle = random.between(33, 40);
  const edge = { stroke: outline(upper), 'stroke-width': 0.8, 'stroke-linejoin': 'round' };
  const shape =
    d`M-47 -11Q-46 -21 -33 -23Q-20 -26 -8 ${-ankle + 3}Q-5 ${-ankle} -1 ${-ankle}` +
    d`Q14 ${-ankle + 10} 30 ${-ankle + 2}Q36 ${-ankle - 4} 41 ${-ankle - 3}Q42 -24 47 -12Z`;
  const heel = random.between(12, 16);
  const sole = d`M-49 -10Q-20 -6 4 -10Q26 -15 49 ${-heel}Q52 -5 46 0H30L26 -1.5H-8L-14 0H-36Q-49 -2 -49 -10Z`;
  const studs = Array.from({ length: 9 }, (_, at) =>
    path(d`M${-40 + at * 9.5} -0.5h6l-1 2.6h-4z`, { fill: css(accent) }),
  );
  const shapes = [
    studs.join(''),
    path(shape, { fill: css(upper), ...edge }),
    mesh(upper),
    path(d`M-47 -11Q-46 -19 -38 -22Q-30 -18 -30 -10Z`, { fill: css(accent), 'fill-opacity': 0.85 }),
    path(d`M31 ${-ankle + 2}Q36 ${-ankle - 4} 41 ${-ankle - 3}Q42 -24 47 -12H33Q29 -20 31 ${-ankle + 2}Z`, {
      fill: css(accent),
    }),
    streak(random, css(accent), css(lighter(accent, accent.lightness > 50 ? -25 : 25))),
    laces({ from: { x: -27, y: -25 }, ankle, colour: upper.lightness > 50 ? accent : grey(95) }),
    path(sole, { fill: css(midsole), stroke: outline(midsole), 'stroke-width': 0.9 }),
    line('M-47 -6Q-20 -2.5 4 -6Q26 -10 49 -9', css(accent), 1.4),
  ];
  return { defs: '', shapes: standing(shapes, ankle), width: 102, height: ankle + 6 };
}

const mesh = (upper: Colour): string =>
  [0, 1, 2, 3]
    .map((row) =>
      [0, 1, 2, 3, 4]
        .map((column) =>
          circle({ x: -28 + column * 4 + row, y: -20 + row * 3 }, 0.7, { fill: outline(upper) }),
        )
        .join(''),
    )
    .join('');

function streak(random: Random, colour: string, edge: string): string {
  const swoop = path('M-18 -12Q0 -8 34 -27Q6 -17 -2 -19Q-12 -20 -18 -12Z', {
    fill: colour,
    stroke: edge,
    'stroke-width': 0.6,
  });
  const bars = [0, 1, 2]
    .map((bar) =>
      path(d`M${-8 + bar * 9} -11L${-2 + bar * 9} -27h4.5L${-2 + bar * 9} -11Z`, { fill: colour }),
    )
    .join('');
  const wave = line('M-26 -13Q-8 -25 8 -17T40 -22', colour, 3);
  return random.pick([swoop, bars, wave]);
}
