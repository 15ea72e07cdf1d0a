import { type Colour, css, leatherColour, lighter, metalColour, outline, vividColour } from './colours.js';
import { cloth } from './patterns.js';
import type { Random } from './random.js';
import { bothSides, circle, type Drawing, d, element, line, path, rectangle } from './svg.js';

/** Tote, satchel with a flap, or hobo with a round bottom; handles and metal fittings. */
export function handbag(random: Random): Drawing {
  const printed = random.chance(0.3);
  const fabric = cloth(random, ['plain', 'stripes', 'dots', 'florals', 'checks']);
  const colour = printed ? fabric.colour : random.chance(0.6) ? leatherColour(random) : vividColour(random);
  const paint = printed ? fabric.paint : css(colour);
  const [upper, lower, height] = [random.between(24, 38), random.between(32, 44), random.between(40, 62)];
  const kind = random.pick(['tote', 'satchel', 'hobo'] as const);
  const belly = kind === 'hobo' ? height * 0.35 : 4;
  const handleRise = kind === 'hobo' ? random.between(44, 60) : random.between(22, 40);
  const trim = css(lighter(colour, colour.lightness > 40 ? -18 : 14));
  const edge = { stroke: outline(colour), 'stroke-width': 0.9, 'stroke-linejoin': 'round' };
  const shape = d`M${-upper} 0Q0 3 ${upper} 0L${lower} ${height - belly}Q${lower * 0.95} ${height} ${lower * 0.8} ${height}H${-lower * 0.8}Q${-lower * 0.95} ${height} ${-lower} ${height - belly}Z`;
  const handle = d`M${-upper * 0.55} 5C${-upper * 0.6} ${-handleRise * 1.3} ${upper * 0.6} ${-handleRise * 1.3} ${upper * 0.55} 5`;
  const shapes = [
    element('g', { transform: 'translate(3 -3)' }, line(handle, trim, 2.6)),
    path(shape, { fill: paint, ...edge }),
    path(shape, { fill: 'url(#sheen)' }),
    kind === 'satchel'
      ? flap(upper, lower, height, colour)
      : line(d`M${-upper + 1} 4Q0 7 ${upper - 1} 4`, trim, 1.6),
    line(handle, outline(colour), 4.4),
    line(handle, trim, 3.2),
    bothSides(
      circle({ x: -upper * 0.55, y: 5 }, 2.6, {
        fill: css(metalColour(random)),
        stroke: '#5a4a20',
        'stroke-width': 0.5,
      }),
    ),
    random.chance(0.5) ? pocket(lower, height, colour) : '',
  ];
  const middle = (handleRise - height) / 2;
  return {
    defs: (printed ? fabric.defs : '') + SHEEN,
    shapes: element('g', { transform: d`translate(0 ${middle})` }, ...shapes),
    width: lower * 2,
    height: height + handleRise,
  };
}

function flap(upper: number, lower: number, height: number, colour: Colour): string {
  const depth = height * 0.5;
  return (
    path(
      d`M${-upper - 1} 0Q0 3 ${upper + 1} 0L${(upper + lower) / 2} ${depth * 0.8}Q0 ${depth * 1.35} ${-(upper + lower) / 2} ${depth * 0.8}Z`,
      {
        fill: css(lighter(colour, 6)),
        stroke: outline(colour),
        'stroke-width': 0.9,
      },
    ) +
    rectangle(
      { x: 0, y: depth * 1.02 },
      { x: 8, y: 6 },
      { rx: 1, fill: '#d8b65a', stroke: '#6b5520', 'stroke-width': 0.6 },
    )
  );
}

const pocket = (lower: number, height: number, colour: Colour): string =>
  rectangle(
    { x: 0, y: height * 0.7 },
    { x: lower, y: height * 0.34 },
    {
      rx: 2,
      fill: css(lighter(colour, -5)),
      'fill-opacity': 0.7,
      stroke: outline(colour),
      'stroke-width': 0.6,
      'stroke-dasharray': '2 1.2',
    },
  );

const SHEEN = element(
  'linearGradient',
  { id: 'sheen', x2: 0, y2: 1 },
  element('stop', { offset: 0, 'stop-color': '#fff', 'stop-opacity': 0.22 }),
  element('stop', { offset: 1, 'stop-color': '#000', 'stop-opacity': 0.22 }),
);
