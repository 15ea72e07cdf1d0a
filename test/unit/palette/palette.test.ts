import { COLOURS, coloursOf, type Palette } from '@hangtag/shared/domain/palette.js';
import { nameOf } from '@hangtag/shared/palette/iscc-nbs.js';
import { oklabGrid } from '@hangtag/shared/palette/oklab-grid.js';
import { paletteOf } from '@hangtag/shared/palette/palette.js';
import { expect } from 'chai';
import { modeOklab, modeRgb, parseHex, useMode } from 'culori/fn';
import sharp from 'sharp';

useMode(modeRgb);
const toOklab = useMode(modeOklab);

const SIZE = { width: 120, height: 160 };
const ALL = { left: 0, top: 0, ...SIZE };
const SHIRT = 'M40 20L60 30L80 20L112 50L98 66L90 58L90 140L30 140L30 58L22 66L8 50Z';

describe('The palette of a picture', () => {
  for (const [hex, colour] of [
    ['#b01020', 'red'],
    ['#1c2f6b', 'blue'],
    ['#1e7a3c', 'green'],
    ['#f2c400', 'yellow'],
    ['#141414', 'black'],
    ['#808080', 'gray'],
    ['#5c3a1e', 'brown'],
    ['#f0a0b8', 'pink'],
  ] as const) {
    it(`has ${colour} for a shirt of ${hex}, and not its background`, async () => {
      const onWhite = await paletteIn(shirt(hex), '#ffffff');
      const onBlue = await paletteIn(shirt(hex), '#d8e4f0');

      expect(coloursOf(onWhite)).to.deep.equal([colour]);
      expect(coloursOf(onBlue)).to.deep.equal([colour]);
    });
  }

  it('has the white of a white shirt on white, whose outline is a thin shadow', async () => {
    const palette = await paletteIn(shirt('#ffffff', '#d8d8d8'), '#ffffff');

    expect(coloursOf(palette)[0]).to.equal('white');
    expect(palette[0]?.share).to.be.above(0.6);
  });

  it('has the white of a white shirt whose outline has a gap, and not only its print', async () => {
    const gap = '<path d="M88 90L92 90L92 100L88 100Z" fill="#ffffff"/>';
    const print = '<path d="M52 70L68 70L68 86L52 86Z" fill="#c00000"/>';

    const palette = await paletteIn(shirt('#ffffff', '#909090') + gap + print, '#ffffff');

    expect(coloursOf(palette)[0]).to.equal('white');
    expect(palette[0]?.share).to.be.above(0.7);
  });

  it('is that of the whole picture if nothing differs from the background', async () => {
    const palette = await paletteIn('', '#2040c0');

    expect(palette.map(({ share }) => share)).to.deep.equal([1]);
    expect(coloursOf(palette)).to.deep.equal(['blue']);
  });

  it('lists colours by their share, and finds an image by those with a large share', async () => {
    const stripe = '<path d="M30 100L90 100L90 120L30 120Z" fill="#f2c400"/>';
    const button = '<path d="M58 60L62 60L62 64L58 64Z" fill="#1e7a3c"/>';

    const palette = await paletteIn(shirt('#b01020') + stripe + button, '#ffffff');

    expect(coloursOf(palette)).to.deep.equal(['red', 'yellow']);
    expect(palette.reduce((sum, { share }) => sum + share, 0)).to.be.closeTo(1, 0.02);
  });

  it('leaves out the padding of the picture', async () => {
    const photograph = '<path d="M0 15L120 15L120 145L0 145Z" fill="#2060a0"/>';
    const image = await draw(photograph + shirt('#b01020'), '#ffffff');
    const area = { left: 0, top: 15, width: 120, height: 130 };

    const colours = coloursOf(paletteOf(image, area));

    expect(colours).to.deep.equal(['red']);
  });

  it('has the same values in OKLCH as the library', async () => {
    const { l, a, b } = toOklab(parseHex('#b01020') ?? { mode: 'rgb', r: 0, g: 0, b: 0 });

    const [main] = await paletteIn('', '#b01020');

    expect(main?.lightness).to.be.closeTo(l, 0.002);
    expect(main?.chroma).to.be.closeTo(Math.hypot(a, b), 0.002);
    expect(main?.hue).to.be.closeTo((Math.atan2(b, a) * 180) / Math.PI, 1);
  });

  it('is made of cells, each with the mean light of its pixels', async () => {
    const { lab } = oklabGrid(
      { width: 2, height: 1, pixels: Uint8Array.of(0, 0, 0, 255, 255, 255) },
      {
        left: 0,
        top: 0,
        width: 2,
        height: 1,
      },
    );

    expect(lab[0]).to.be.closeTo(0, 0.001);
    expect(lab[3]).to.be.closeTo(1, 0.001);
  });
});

describe('The names of colours', () => {
  it('end with one of the basic words, for every colour', () => {
    const levels = [0, 0.2, 0.4, 0.6, 0.8, 1];
    const names = levels.flatMap((r) =>
      levels.flatMap((g) => levels.map((b) => nameOf(toOklab({ mode: 'rgb', r, g, b })))),
    );

    const words = new Set(names.map((name) => name.split(' ').at(-1)));

    expect([...words].sort()).to.deep.equal([...COLOURS].sort());
  });

  it('are those of the list at its centroids', () => {
    const names = ['#be0032', '#36454f', '#bcd4e6', '#222222', '#665d1e'].map((hex) =>
      nameOf(toOklab(parseHex(hex) ?? { mode: 'rgb', r: 0, g: 0, b: 0 })),
    );

    expect(names).to.deep.equal([
      'vivid red',
      'dark grayish blue',
      'very pale blue',
      'black',
      'moderate olive',
    ]);
  });
});

function shirt(fill: string, outline = fill): string {
  return `<path d="${SHIRT}" fill="${fill}" stroke="${outline}" stroke-width="2"/>`;
}

async function paletteIn(shapes: string, background: string): Promise<Palette> {
  return paletteOf(await draw(shapes, background), ALL);
}

async function draw(shapes: string, background: string) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="160">${shapes}</svg>`;
  const pixels = await sharp(Buffer.from(svg)).flatten({ background }).removeAlpha().raw().toBuffer();
  return { ...SIZE, pixels };
}
