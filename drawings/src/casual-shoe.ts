import { type Colour, clothColour, css, grey, leatherColour, lighter, outline } from './colours.js';
import type { Random } from './random.js';
import { laces, standing } from './shoe.js';
import { type Drawing, d, line, path } from './svg.js';

/** Flat sole and a plain upper: canvas sneaker, slip-on or ankle boot. */
export function casualShoe(random: Random): Drawing {
  const upper = random.chance(0.5) ? leatherColour(random) : clothColour(random);
  const sole = random.pick([grey(94), grey(18), { hue: 35, saturation: 45, lightness: 55 }]);
  const kind = random.pick(['sneaker', 'sneaker', 'slip-on', 'boot'] as const);
  const ankle = kind === 'boot' ? random.between(46, 56) : random.between(28, 34);
  const edge = { stroke: outline(upper), 'stroke-width': 0.8, 'stroke-linejoin': 'round' };
  const shape =
    d`M-46 -5Q-48 -17 -34 -19.5Q-20 -21 -9 ${-ankle + 6}L-2 ${-ankle}` +
    d`Q18 ${-ankle + 7} 40 ${-ankle - 1}Q47 ${-ankle * 0.55} 46 -5Z`;
  const shapes = [
    path(shape, { fill: css(upper), ...edge }),
    path(d`M-2 ${-ankle}Q18 ${-ankle + 7} 40 ${-ankle - 1}Q20 ${-ankle - 4} -2 ${-ankle}Z`, {
      fill: css(lighter(upper, -16)),
      ...edge,
    }),
    path(d`M34 -5Q31 ${-ankle * 0.5} 37 ${-ankle + 1}L40 ${-ankle}Q47 ${-ankle * 0.55} 46 -5Z`, {
      fill: css(lighter(upper, -7)),
    }),
    path('M-47 -6H47Q48.5 0 46 1H-45Q-49 1 -47 -6Z', {
      fill: css(sole),
      stroke: outline(sole),
      'stroke-width': 0.8,
    }),
    line('M-47 -3.4H47', outline(sole), 0.5),
    kind === 'slip-on'
      ? vamp(upper, ankle)
      : laces({ from: { x: -28, y: -20.5 }, ankle, colour: random.chance(0.6) ? grey(93) : grey(20) }),
    kind === 'sneaker'
      ? path('M-46.5 -6Q-47.5 -16 -35 -18.5Q-29 -14 -29 -6Z', {
          fill: css(lighter(random.chance(0.6) ? grey(92) : upper, -4)),
          ...edge,
        })
      : '',
    line(d`M-20 -6Q-14 -14 2 -15Q20 -15 32 -8`, outline(upper), 0.5),
  ];
  return { defs: '', shapes: standing(shapes, ankle), width: 96, height: ankle + 4 };
}

const vamp = (upper: Colour, ankle: number): string =>
  path(d`M-24 -18Q-14 -22 -6 ${-ankle + 3}Q2 ${-ankle + 6} 8 ${-ankle + 5}Q4 -14 -6 -12Q-18 -12 -24 -18Z`, {
    fill: css(lighter(upper, 9)),
    stroke: outline(upper),
    'stroke-width': 0.7,
  });
