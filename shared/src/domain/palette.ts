/** The main colours of a picture, without its background. */
export interface PaletteColour {
  /** Of the ISCC-NBS list, in lower case: `dark grayish blue`. Its last word is one of `COLOURS`. */
  readonly name: string;
  /** Part of the product, 0 to 1. The middle of the picture counts more than its edge. */
  readonly share: number;
  /** OKLCH: 0 to 1, 0 to about 0.4, and 0 to 360 degrees. */
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** Three to five colours, the largest share first; fewer only if the product has fewer different pixels. */
export type Palette = readonly PaletteColour[];

/** The basic words of the ISCC-NBS list. */
export const COLOURS = [
  'black',
  'white',
  'gray',
  'red',
  'pink',
  'orange',
  'brown',
  'yellow',
  'olive',
  'green',
  'blue',
  'violet',
  'purple',
] as const;
export type Colour = (typeof COLOURS)[number];

/** From this share on, an image is found by a colour. */
const FOUND_FROM_SHARE = 0.15;

/** The colours by which an image is found, the main one first. */
export function coloursOf(palette: Palette): readonly Colour[] {
  const [main, ...others] = palette;
  const found = [main, ...others.filter(({ share }) => share >= FOUND_FROM_SHARE)];
  return [...new Set(found.flatMap((each) => (each && colourOf(each)) ?? []))];
}

/** The basic word of a name. */
export function colourOf({ name }: PaletteColour): Colour | undefined {
  return COLOURS.find((colour) => name.endsWith(colour));
}
