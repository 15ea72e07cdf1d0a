import { css, grey, leatherColour, lighter, metalColour, vividColour } from './colours.js';
import type { Random } from './random.js';
import { bothSides, type Drawing, d, element, line, path } from './svg.js';

/** Two lenses and a bridge; the temples are visible at the sides or go back at an angle. */
export function sunglasses(random: Random): Drawing {
  const frame = random.chance(0.5)
    ? metalColour(random)
    : random.pick([grey(8), leatherColour(random), vividColour(random)]);
  const tint = random.pick([
    grey(14),
    { hue: 28, saturation: 45, lightness: 26 },
    { hue: 95, saturation: 18, lightness: 24 },
    { hue: 210, saturation: 50, lightness: 35 },
  ]);
  const [half, tall, gap] = [random.between(17, 22), random.between(13, 19), random.between(3, 5)];
  const thick = random.between(1.2, 4);
  const lenses: Record<'aviator' | 'round' | 'square' | 'cat', string> = {
    aviator: d`M${gap} ${-tall * 0.8}Q${gap + half} ${-tall * 1.15} ${gap + half * 2} ${-tall * 0.7}Q${gap + half * 2.1} ${tall * 0.7} ${gap + half * 1.2} ${tall}Q${gap + half * 0.2} ${tall * 0.9} ${gap} ${-tall * 0.8}Z`,
    round: d`M${gap} 0A${half} ${tall} 0 1 1 ${gap + half * 2} 0A${half} ${tall} 0 1 1 ${gap} 0Z`,
    square: d`M${gap + 1} ${-tall * 0.8}H${gap + half * 2}Q${gap + half * 2.1} ${tall * 0.8} ${gap + half * 1.7} ${tall * 0.8}H${gap + half * 0.4}Q${gap} ${tall * 0.7} ${gap + 1} ${-tall * 0.8}Z`,
    cat: d`M${gap} ${-tall * 0.5}Q${gap + half} ${-tall * 0.9} ${gap + half * 2.2} ${-tall}Q${gap + half * 2} ${tall * 0.8} ${gap + half} ${tall * 0.8}Q${gap} ${tall * 0.7} ${gap} ${-tall * 0.5}Z`,
  };
  const lens = path(random.pick(Object.values(lenses)), {
    fill: 'url(#lens)',
    stroke: css(frame),
    'stroke-width': thick,
    'stroke-linejoin': 'round',
  });
  const glint = line(
    d`M${gap + half * 0.5} ${-tall * 0.45}L${gap + half * 0.95} ${-tall * 0.55}`,
    'rgba(255,255,255,0.6)',
    1.4,
  );
  const outer = gap + half * 2.1;
  const turned = random.chance(0.5);
  const temple = turned
    ? line(d`M${outer} ${-tall * 0.6}L${outer + 30} ${-tall * 1.5}q7 0 9 7`, css(frame), Math.max(2, thick))
    : bothSides(line(d`M${outer - 1} ${-tall * 0.6}q5 0 5 6`, css(frame), Math.max(2, thick)));
  const shapes = [
    temple,
    bothSides(lens + glint),
    line(
      d`M${-gap - 1} ${-tall * 0.45}Q0 ${-tall * 0.75} ${gap + 1} ${-tall * 0.45}`,
      css(frame),
      Math.max(1.6, thick),
    ),
  ];
  const gradient = element(
    'linearGradient',
    { id: 'lens', x2: 0, y2: 1 },
    element('stop', { offset: 0, 'stop-color': css(tint) }),
    element('stop', { offset: 1, 'stop-color': css(lighter(tint, random.between(5, 40))) }),
  );
  const extra = turned ? 36 : 6;
  const centred = element('g', { transform: d`translate(${turned ? -extra / 2 : 0} 0)` }, ...shapes);
  return { defs: gradient, shapes: centred, width: outer * 2 + extra, height: tall * 3 };
}
