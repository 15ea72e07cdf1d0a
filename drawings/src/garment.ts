/**
 * The cut of a garment for the upper body, laid flat and seen from the front.
 *
 * The origin is the middle between the shoulders; y increases towards the hem. Widths are half widths. The code
 * draws the left half and mirrors it; sleeves are below the body.
 */
import { css, lighter, outline } from './colours.js';
import type { Cloth } from './patterns.js';
import { bothSides, type Drawing, d, element, line, path } from './svg.js';

export interface Cut {
  readonly neck: { readonly half: number; readonly depth: number; readonly kind: 'round' | 'v' };
  readonly shoulder: { readonly half: number; readonly drop: number };
  readonly chest: number;
  readonly armhole: number;
  readonly waist: number;
  readonly hem: number;
  readonly length: number;
  /** How far the middle of the hem is below its corners. */
  readonly hemDrop: number;
  /** A length of 0 means no sleeves. `angleDeg` is measured from the vertical. */
  readonly sleeve: { readonly length: number; readonly halfWidth: number; readonly angleDeg: number };
}

/** The garment with its back collar, sleeves, body and folds; `details` are drawn on top. */
export function garment(cut: Cut, cloth: Cloth, details: string): Drawing {
  const line = { stroke: outline(cloth.colour), 'stroke-width': 0.7, 'stroke-linejoin': 'round' };
  const shapes = [
    path(backCollar(cut), { fill: css(lighter(cloth.colour, -18)), ...line }),
    cut.sleeve.length > 0 ? bothSides(sleeve(cut, cloth)) : '',
    path(body(cut), { fill: cloth.paint, ...line }),
    path(body(cut), { fill: 'url(#shade)' }),
    folds(cut),
    details,
  ];
  const reach = Math.sin((cut.sleeve.angleDeg * Math.PI) / 180) * cut.sleeve.length + cut.sleeve.halfWidth;
  const half = Math.max(cut.hem, cut.chest, cut.shoulder.half + reach * Math.sign(cut.sleeve.length));
  const height = Math.max(cut.length + cut.hemDrop, cut.sleeve.length + cut.shoulder.drop);
  return {
    defs: cloth.defs + SHADE,
    shapes: element('g', { transform: d`translate(0 ${-height / 2})` }, ...shapes),
    width: 2 * half,
    height: height + 4,
  };
}

/** The height of the narrowest part of the garment. */
export const waistline = ({ armhole, length }: Cut): number => armhole + (length - armhole) * 0.42;

/** The front edge of the neck as a separate line, for rims and embroidery. */
export const neckEdge = (cut: Cut): string => d`M${cut.neck.half} 0` + neckline(cut);

/** The front edge of the neck, from right to left. */
function neckline({ neck }: Cut): string {
  return neck.kind === 'v'
    ? d`L0 ${neck.depth}L${-neck.half} 0`
    : d`C${neck.half} ${neck.depth * 0.75} ${neck.half * 0.6} ${neck.depth} 0 ${neck.depth}` +
        d`C${-neck.half * 0.6} ${neck.depth} ${-neck.half} ${neck.depth * 0.75} ${-neck.half} 0`;
}

function body(cut: Cut): string {
  const { neck, shoulder, chest, armhole, waist, hem, length, hemDrop } = cut;
  const side = (sign: number) => ({ x: (half: number) => half * sign });
  const left = side(-1);
  const waistY = waistline(cut);
  const down =
    d`M${-neck.half} 0L${left.x(shoulder.half)} ${shoulder.drop}` +
    d`Q${left.x(chest * 0.93)} ${armhole * 0.6} ${left.x(chest)} ${armhole}` +
    d`Q${left.x(waist)} ${armhole + (waistY - armhole) * 0.6} ${left.x(waist)} ${waistY}` +
    d`Q${left.x(waist)} ${waistY + (length - waistY) * 0.4} ${left.x(hem)} ${length}`;
  const up =
    d`Q0 ${length + hemDrop * 2} ${hem} ${length}` +
    d`Q${waist} ${waistY + (length - waistY) * 0.4} ${waist} ${waistY}` +
    d`Q${waist} ${armhole + (waistY - armhole) * 0.6} ${chest} ${armhole}` +
    d`Q${chest * 0.93} ${armhole * 0.6} ${shoulder.half} ${shoulder.drop}L${neck.half} 0`;
  return `${down}${up}${neckline(cut)}Z`;
}

function backCollar({ neck }: Cut): string {
  return d`M${-neck.half} 0Q0 ${-neck.half * 0.35} ${neck.half} 0L${neck.half} 1Q0 ${neck.depth * 1.6} ${-neck.half} 1Z`;
}

function sleeve(
  { shoulder, chest, armhole, sleeve: { length, halfWidth, angleDeg } }: Cut,
  cloth: Cloth,
): string {
  const angle = (angleDeg * Math.PI) / 180;
  const along = { x: -Math.sin(angle), y: Math.cos(angle) };
  const across = { x: -along.y * halfWidth, y: along.x * halfWidth };
  const top = { x: -shoulder.half, y: shoulder.drop };
  const under = { x: -chest + 1.5, y: armhole };
  const root = { x: (top.x + under.x) / 2, y: (top.y + under.y) / 2 };
  const end = { x: root.x + along.x * length, y: root.y + along.y * length };
  const cuff = (share: number) => ({ x: end.x + across.x * share, y: end.y + across.y * share });
  const [outer, inner] = [cuff(1), cuff(-1)];
  const edge = outline(cloth.colour);
  const bulge = { x: top.x + along.x * 4 - 3, y: top.y + 3 };
  const shape =
    d`M${top.x + 4} ${top.y - 1.4}Q${bulge.x} ${bulge.y} ${outer.x} ${outer.y}` +
    d`L${inner.x} ${inner.y}L${under.x} ${under.y}L${under.x + 5} ${under.y}Z`;
  const hem =
    d`M${outer.x - along.x * 2} ${outer.y - along.y * 2}` +
    d`L${inner.x - along.x * 2} ${inner.y - along.y * 2}`;
  return (
    path(shape, { fill: cloth.paint, stroke: edge, 'stroke-width': 0.7, 'stroke-linejoin': 'round' }) +
    path(shape, { fill: '#000', 'fill-opacity': 0.1 }) +
    line(hem, edge, 0.4)
  );
}

const SHADE = element(
  'linearGradient',
  { id: 'shade' },
  ...[
    [0, '#000', 0.2],
    [0.3, '#fff', 0.1],
    [0.65, '#fff', 0.02],
    [1, '#000', 0.22],
  ].map(([offset = 0, colour = '', opacity = 0]) =>
    element('stop', { offset, 'stop-color': colour, 'stop-opacity': opacity }),
  ),
);

function folds({ chest, waist, armhole, length }: Cut): string {
  const fold = (x: number, from: number, to: number) =>
    line(d`M${x} ${from}Q${x * 0.8} ${(from + to) / 2} ${x * 0.95} ${to}`, 'rgba(0,0,0,0.16)', 0.7);
  return (
    fold(-chest * 0.7, armhole + 4, length * 0.75) +
    fold(chest * 0.6, armhole + 2, length * 0.6) +
    fold(waist * 0.4, length * 0.65, length * 0.96) +
    fold(-waist * 0.45, length * 0.6, length * 0.97)
  );
}
