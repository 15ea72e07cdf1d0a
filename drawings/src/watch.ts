import {
  type Colour,
  css,
  grey,
  leatherColour,
  lighter,
  metalColour,
  outline,
  vividColour,
} from './colours.js';
import type { Random } from './random.js';
import { bothSides, circle, type Drawing, d, element, ellipse, line, path, rectangle } from './svg.js';

/** A dial with hands or digits, on a strap of leather, rubber or steel links. */
export function watch(random: Random): Drawing {
  const strap = random.pick([leatherColour(random), grey(12), grey(72), vividColour(random)]);
  const metal = metalColour(random);
  const radius = random.between(19, 26);
  const half = random.between(8, 12);
  const length = random.between(38, 56);
  const square = random.chance(0.25);
  const face = random.pick([grey(97), grey(10), metal, vividColour(random)]);
  const ink = css(grey(face.lightness > 50 ? 12 : 95));
  const edge = { stroke: outline(strap), 'stroke-width': 0.8 };
  const band = path(
    d`M${-half * 1.25} ${-radius * 0.6}L${-half} ${-length}Q0 ${-length - 4} ${half} ${-length}L${half * 1.25} ${-radius * 0.6}Z`,
    { fill: css(strap), ...edge },
  );
  const links = Array.from({ length: 12 }, (_, row) =>
    line(d`M${-half} ${-length + 2 + row * 3.6}H${half}`, outline(strap), row % 2 === 0 ? 0.9 : 0.4),
  );
  const stitches = bothSides(
    element(
      'g',
      {},
      line(d`M${-half + 2.2} ${-length + 3}L${-half + 1} ${-radius}`, css(lighter(strap, 25)), 0.6),
    ),
  );
  const side =
    band + (random.chance(0.5) ? links.slice(0, Math.floor((length - radius) / 3.6)).join('') : stitches);
  const digital = square && random.chance(0.6);
  const shapes = [
    side,
    element('g', { transform: 'scale(1 -1)' }, side),
    rectangle({ x: radius + 2, y: 0 }, { x: 4, y: 5 }, { rx: 1, fill: css(lighter(metal, -15)) }),
    square ? squareCase(radius, metal, face) : roundCase(radius, metal, face),
    digital ? digits(random, radius) : hands(random, radius * (square ? 0.85 : 1), ink),
  ];
  return { defs: '', shapes: shapes.join(''), width: radius * 2 + 4, height: length * 2 + 6 };
}

function roundCase(radius: number, metal: Colour, face: Colour): string {
  const origin = { x: 0, y: 0 };
  return (
    circle(origin, radius, { fill: css(metal), stroke: outline(metal), 'stroke-width': 0.9 }) +
    circle(origin, radius * 0.9, { fill: css(lighter(metal, -14)) }) +
    circle(origin, radius * 0.82, { fill: css(face) })
  );
}

function squareCase(radius: number, metal: Colour, face: Colour): string {
  const size = (share: number) => ({ x: radius * 2 * share, y: radius * 2.1 * share });
  const origin = { x: 0, y: 0 };
  return (
    rectangle(origin, size(0.92), { rx: 4, fill: css(metal), stroke: outline(metal), 'stroke-width': 0.9 }) +
    rectangle(origin, size(0.76), {
      rx: 2,
      fill: css(face),
      stroke: css(lighter(metal, -20)),
      'stroke-width': 0.8,
    })
  );
}

function hands(random: Random, radius: number, ink: string): string {
  const marks = Array.from({ length: 12 }, (_, hour) =>
    rectangle(
      { x: 0, y: -radius * 0.68 },
      { x: hour % 3 === 0 ? 1.8 : 0.9, y: radius * 0.13 },
      { fill: ink, transform: `rotate(${hour * 30})` },
    ),
  );
  const hand = (reach: number, width: number) =>
    element(
      'g',
      { transform: `rotate(${random.integer(0, 359)})` },
      line(d`M0 2V${-radius * reach}`, ink, width),
    );
  const subdials = random.chance(0.4)
    ? [-0.36, 0.36].map((at) =>
        ellipse(
          { x: radius * at, y: radius * 0.1 },
          { x: radius * 0.18, y: radius * 0.18 },
          { fill: 'none', stroke: ink, 'stroke-width': 0.7 },
        ),
      )
    : [];
  return [
    ...marks,
    ...subdials,
    hand(0.42, 2),
    hand(0.6, 1.3),
    hand(0.62, 0.5),
    circle({ x: 0, y: 0 }, 1.5, { fill: ink }),
  ].join('');
}

function digits(random: Random, radius: number): string {
  const screen = rectangle(
    { x: 0, y: 0 },
    { x: radius * 1.35, y: radius * 0.8 },
    { rx: 1.5, fill: '#b9c4a4', stroke: '#333', 'stroke-width': 0.8 },
  );
  const bar = (x: number) =>
    rectangle(
      { x, y: 0 },
      { x: radius * 0.2, y: radius * 0.5 },
      { fill: 'none', stroke: '#1c241c', 'stroke-width': 1.6 },
    );
  const places = [-0.48, -0.2, 0.2, 0.48].map((at) => bar(radius * at + random.between(-0.3, 0.3)));
  return (
    screen +
    places.join('') +
    circle({ x: 0, y: -1.8 }, 0.8, { fill: '#1c241c' }) +
    circle({ x: 0, y: 1.8 }, 0.8, { fill: '#1c241c' })
  );
}
