/** The SVG elements that the drawings use. Lengths are in the units of the drawing. */

export interface Drawing {
  /** Patterns and gradients that shapes refer to by id. */
  readonly defs: string;
  /** Centred on the origin. */
  readonly shapes: string;
  readonly width: number;
  readonly height: number;
}

export type Attributes = Readonly<Record<string, string | number>>;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${text(value)}"`);
  const open = `<${name}${written.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

export const group = (attributes: Attributes, ...children: readonly string[]): string =>
  element('g', attributes, ...children);

export const ellipse = (centre: Point, radii: Point, attributes: Attributes): string =>
  element('ellipse', { cx: centre.x, cy: centre.y, rx: radii.x, ry: radii.y, ...attributes });

export const circle = (centre: Point, radius: number, attributes: Attributes): string =>
  ellipse(centre, { x: radius, y: radius }, attributes);

/** A rectangle by its centre. */
export const rectangle = (centre: Point, size: Point, attributes: Attributes): string =>
  element('rect', {
    x: centre.x - size.x / 2,
    y: centre.y - size.y / 2,
    width: size.x,
    height: size.y,
    ...attributes,
  });

/** `path` for templates: numbers are rounded, so that the text is short and equal on every machine. */
export function d(parts: TemplateStringsArray, ...values: readonly number[]): string {
  return String.raw({ raw: parts }, ...values.map(text));
}

export const path = (data: string, attributes: Attributes): string =>
  element('path', { d: data, ...attributes });

export const line = (data: string, stroke: string, width: number): string =>
  path(data, { fill: 'none', stroke, 'stroke-width': width, 'stroke-linecap': 'round' });

/** The shapes on the left side and, mirrored, on the right. */
export const bothSides = (shapes: string): string => shapes + group({ transform: 'scale(-1 1)' }, shapes);

function text(value: string | number): string {
  return typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
}
