/** What came in by colour: the palettes of a day's labelled images, added up by the basic words of their colours. */
import { type Colour, colourOf, type Palette } from '../palette.js';
import { compareUtf8 } from '../utf8-order.js';

export interface ColourCount {
  readonly colour: Colour;
  /** Images whose main colour it is. */
  readonly main: number;
  /** Sum of its shares of the palettes: 1 is as much as one whole product. */
  readonly shareSum: number;
}

export interface ColourCounts {
  /** Labelled images that have a palette. */
  readonly images: number;
  /** The largest sum of shares first. */
  readonly colours: readonly ColourCount[];
}

export const NO_COLOURS: ColourCounts = { images: 0, colours: [] };

export interface ColourLine extends Pick<ColourCount, 'colour' | 'main'> {
  /** Mean share of the products, 0 to 1. */
  readonly share: number;
}

export interface ColourReport {
  readonly images: number;
  readonly colours: readonly ColourLine[];
}

export class DayColours {
  readonly #colours = new Map<Colour, ColourCount>();
  #images = 0;

  add(palette: Palette): void {
    if (palette.length === 0) return;
    this.#images += 1;
    for (const [index, each] of palette.entries()) {
      const colour = colourOf(each);
      if (colour === undefined) continue;
      const { main, shareSum } = this.#colours.get(colour) ?? { main: 0, shareSum: 0 };
      this.#colours.set(colour, {
        colour,
        main: main + (index === 0 ? 1 : 0),
        shareSum: shareSum + each.share,
      });
    }
  }

  counts(): ColourCounts {
    const colours = [...this.#colours.values()].map((count) => ({
      ...count,
      shareSum: Number(count.shareSum.toFixed(4)),
    }));
    return { images: this.#images, colours: colours.sort(byShareThenName) };
  }
}

export function colourReport({ images, colours }: ColourCounts): ColourReport {
  const lines = colours.map(({ colour, main, shareSum }) => ({
    colour,
    main,
    share: Number((shareSum / images).toFixed(4)),
  }));
  return { images, colours: lines };
}

function byShareThenName(a: ColourCount, b: ColourCount): number {
  return b.shareSum - a.shareSum || compareUtf8(a.colour, b.colour);
}
