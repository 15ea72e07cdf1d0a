import type { Random } from './random.js';

/** Hue in degrees, saturation and lightness in percent. */
export interface Colour {
  readonly hue: number;
  readonly saturation: number;
  readonly lightness: number;
}

export const css = ({ hue, saturation, lightness }: Colour): string =>
  `hsl(${Math.round(hue)},${Math.round(saturation)}%,${Math.round(lightness)}%)`;

/** Lighter by this number of percent points; darker if negative. */
export const lighter = (colour: Colour, points: number): Colour => ({
  ...colour,
  lightness: Math.min(97, Math.max(4, colour.lightness + points)),
});

/** The outline of a shape: visible also for a white product on white. */
export const outline = (colour: Colour): string => css(lighter(colour, colour.lightness > 25 ? -22 : 18));

export const grey = (lightness: number): Colour => ({ hue: 220, saturation: 4, lightness });

/** Colours of cloth: every hue, with much black, white, grey, navy and beige. */
export function clothColour(random: Random): Colour {
  const plain = [
    grey(10),
    grey(93),
    grey(55),
    { hue: 222, saturation: 45, lightness: 22 },
    { hue: 38, saturation: 35, lightness: 75 },
  ];
  if (random.chance(0.4)) return random.pick(plain);
  return {
    hue: random.between(0, 360),
    saturation: random.between(35, 90),
    lightness: random.between(25, 72),
  };
}

export const leatherColour = (random: Random): Colour => ({
  hue: random.between(10, 42),
  saturation: random.between(15, 65),
  lightness: random.between(10, 62),
});

export const vividColour = (random: Random): Colour => ({
  hue: random.between(0, 360),
  saturation: random.between(75, 100),
  lightness: random.between(42, 58),
});

/** Gold, steel or gunmetal. */
export const metalColour = (random: Random): Colour =>
  random.pick([
    { hue: 44, saturation: 60, lightness: 58 },
    grey(74),
    grey(34),
    { hue: 18, saturation: 50, lightness: 68 },
  ]);
