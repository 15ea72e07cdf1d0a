import { type Colour, css, grey, leatherColour, lighter, outline, vividColour } from './colours.js';
import type { Random } from './random.js';
import { standing } from './shoe.js';
import { circle, type Drawing, d, line, path } from './svg.js';

/** High heel, arched sole: pump, strappy sandal or wedge. */
export function heel(random: Random): Drawing {
  const upper = random.pick([
    leatherColour(random),
    grey(10),
    vividColour(random),
    { hue: 44, saturation: 50, lightness: 62 },
  ]);
  const height = random.between(28, 42);
  const kind = random.pick(['pump', 'sandal', 'wedge'] as const);
  const edge = { stroke: outline(upper), 'stroke-width': 0.8, 'stroke-linejoin': 'round' };
  const insole = d`M-42 -5Q-24 -3 -10 ${-height * 0.35}Q10 ${-height * 0.95} 38 ${-height - 4}`;
  const underside = d`L38 ${-height}Q12 ${-height * 0.85} -8 ${-height * 0.25}Q-24 0 -40 -1Q-46 -2 -42 -5Z`;
  const thin = random.between(1.4, 6);
  const stiletto = d`M40 ${-height - 3}Q39 ${-height * 0.4} ${36 + thin / 2} 0H${36 - thin / 2}Q35 ${-height * 0.55} 22 ${-height * 0.86}Z`;
  const wedge = d`M40 ${-height - 3}L40 0H-36L-44 -4Q-24 -3 -10 ${-height * 0.35}Q10 ${-height * 0.95} 40 ${-height - 3}Z`;
  const cork = { hue: 30, saturation: 40, lightness: 50 };
  const support =
    kind === 'wedge'
      ? path(wedge, { fill: css(cork), stroke: outline(cork), 'stroke-width': 0.8 })
      : path(stiletto, { fill: css(lighter(upper, -8)), ...edge });
  const sole = path(insole + underside, { fill: css(lighter(upper, -14)), ...edge });
  const covering =
    kind === 'pump' ? pump(height, upper, edge) : straps(random, height, css(upper), outline(upper));
  const shapes = [support, sole, covering];
  return { defs: '', shapes: standing(shapes, height + 24), width: 92, height: height + 26 };
}

const pump = (height: number, upper: Colour, edge: Record<string, string | number>): string =>
  path(
    d`M-44 -4Q-46 -9 -36 -12Q-28 -15 -20 -16Q-8 -16 6 ${-height * 0.72 - 8}Q20 ${-height - 4} 32 ${-height - 20}` +
      d`Q40 ${-height - 19} 41 ${-height - 3}L38 ${-height}Q12 ${-height * 0.85} -8 ${-height * 0.25}Q-24 -2 -42 -3Z`,
    { fill: css(upper), ...edge },
  );

function straps(random: Random, height: number, colour: string, edge: string): string {
  const band = (data: string, width: number) => line(data, edge, width + 1) + line(data, colour, width);
  const width = random.between(2.2, 5);
  return [
    band('M-38 -4Q-34 -17 -22 -5', width),
    band(d`M-30 -4Q-24 -20 -12 ${-height * 0.3 - 2}`, width),
    band(
      d`M36 ${-height - 4}Q40 ${-height - 14} 36 ${-height - 22}Q24 ${-height - 24} 14 ${-height * 0.8 - 16}Q8 ${-height * 0.8 - 6} 8 ${-height * 0.7}`,
      width * 0.8,
    ),
    random.chance(0.5)
      ? band(d`M-14 ${-height * 0.3 - 6}Q2 ${-height * 0.6 - 18} 14 ${-height * 0.8 - 15}`, width * 0.7)
      : '',
    circle({ x: 16, y: -height * 0.8 - 14 }, 1.8, { fill: '#d9b44a', stroke: edge, 'stroke-width': 0.5 }),
  ].join('');
}
