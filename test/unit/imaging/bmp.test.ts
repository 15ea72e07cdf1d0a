import { ImageError } from '@hangtag/shared/errors.js';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import { type BmpParts, bmp } from '../../fixtures/bmp.js';

const RED = [255, 0, 0];
const GREEN = [0, 255, 0];
const BLUE = [0, 0, 255];
const WHITE = [255, 255, 255];

async function pixelsOf(parts: BmpParts): Promise<readonly (readonly number[])[]> {
  const target = {
    width: parts.width,
    height: Math.abs(parts.height),
    fit: 'squash',
    kernel: 'linear',
  } as const;
  const { pixels } = await decodeImage(bmp(parts), target, DEFAULT_LIMITS);
  return Array.from({ length: pixels.length / 3 }, (_, at) => [...pixels.subarray(at * 3, at * 3 + 3)]);
}

async function codeOf(file: Buffer, maxPixels = DEFAULT_LIMITS.maxPixels): Promise<string> {
  const target = { width: 1, height: 1, fit: 'squash', kernel: 'linear' } as const;
  return decodeImage(file, target, { ...DEFAULT_LIMITS, maxPixels }).then(
    () => 'decoded',
    (error: unknown) => (error instanceof ImageError ? error.code : String(error)),
  );
}

/** Above: red, green. Below: blue, white. Whatever the depth, rows are padded to 4 bytes. */
const PICTURE = [RED, GREEN, BLUE, WHITE];
const PALETTE = [RED, GREEN, BLUE, WHITE];
const TRUE_COLOUR: BmpParts = {
  width: 2,
  height: 2,
  bitsPerPixel: 24,
  pixels: [255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0],
};

describe('decoding BMP', () => {
  const kinds: Readonly<Record<string, BmpParts>> = {
    '24 bits, bottom up': TRUE_COLOUR,
    '24 bits, top down': {
      ...TRUE_COLOUR,
      height: -2,
      pixels: [...TRUE_COLOUR.pixels.slice(8), ...TRUE_COLOUR.pixels.slice(0, 8)],
    },
    '32 bits, whose fourth byte means nothing': {
      width: 2,
      height: 2,
      bitsPerPixel: 32,
      pixels: [255, 0, 0, 9, 255, 255, 255, 9, 0, 0, 255, 9, 0, 255, 0, 9],
    },
    '16 bits': { width: 2, height: 2, bitsPerPixel: 16, pixels: [0x1f, 0, 0xff, 0x7f, 0, 0x7c, 0xe0, 0x03] },
    '8 bits': { width: 2, height: 2, bitsPerPixel: 8, palette: PALETTE, pixels: [2, 3, 0, 0, 0, 1, 0, 0] },
    '4 bits': {
      width: 2,
      height: 2,
      bitsPerPixel: 4,
      palette: PALETTE,
      pixels: [0x23, 0, 0, 0, 0x01, 0, 0, 0],
    },
    '2 bits': {
      width: 2,
      height: 2,
      bitsPerPixel: 2,
      palette: PALETTE,
      pixels: [0xb0, 0, 0, 0, 0x10, 0, 0, 0],
    },
    '8 bits in runs': {
      width: 2,
      height: 2,
      bitsPerPixel: 8,
      compression: 1,
      palette: PALETTE,
      pixels: [1, 2, 1, 3, 0, 0, 1, 0, 1, 1, 0, 1],
    },
    '4 bits in runs': {
      width: 2,
      height: 2,
      bitsPerPixel: 4,
      compression: 2,
      palette: PALETTE,
      pixels: [2, 0x23, 0, 0, 2, 0x01, 0, 1],
    },
  };
  const padded = [...PALETTE, ...new Array(12).fill([0, 0, 0])];
  const older: Readonly<Record<string, BmpParts>> = {
    "OS/2's first header, whose colours have three bytes": {
      width: 2,
      height: 2,
      bitsPerPixel: 4,
      headerBytes: 12,
      palette: padded,
      pixels: [0x23, 0, 0, 0, 0x01, 0, 0, 0],
    },
    'a header that ends before its compression': { ...TRUE_COLOUR, headerBytes: 16 },
    'three masks behind the header': {
      width: 2,
      height: 2,
      bitsPerPixel: 16,
      headerBytes: 40,
      compression: 3,
      masks: [0xf800, 0x07e0, 0x001f],
      pixels: [0x1f, 0, 0xff, 0xff, 0, 0xf8, 0xe0, 0x07],
    },
    'three masks inside of the header': {
      width: 2,
      height: 2,
      bitsPerPixel: 32,
      headerBytes: 52,
      compression: 3,
      masks: [0xff, 0xff00, 0xff0000],
      pixels: [0, 0, 255, 9, 255, 255, 255, 9, 255, 0, 0, 9, 0, 255, 0, 9],
    },
    'four masks behind the header': {
      width: 2,
      height: 2,
      bitsPerPixel: 32,
      headerBytes: 40,
      compression: 6,
      masks: [0xff, 0xff00, 0xff0000, 0xff000000],
      pixels: [0, 0, 255, 255, 9, 9, 9, 0, 255, 0, 0, 255, 0, 255, 0, 255],
    },
    'masks that its 24 bits have no use for': { ...TRUE_COLOUR, compression: 3, masks: [1, 2, 4, 8] },
  };
  for (const [name, parts] of Object.entries({ ...kinds, ...older })) {
    it(name, async () => {
      expect(await pixelsOf(parts)).to.deep.equal(PICTURE);
    });
  }

  it('1 bit, with a row that ends inside a byte', async () => {
    const parts = {
      width: 9,
      height: 1,
      bitsPerPixel: 1,
      palette: [RED, BLUE],
      pixels: [0b10000001, 0x80, 0, 0],
    };

    const blue = (await pixelsOf(parts)).map(([, , value]) => value === 255);

    expect(blue).to.deep.equal([true, false, false, false, false, false, false, true, true]);
  });

  it('masks of its own, and an alpha that is laid on white', async () => {
    const masks = [0x000000ff, 0x0000ff00, 0x00ff0000, 0xff000000];
    const pixels = [255, 0, 0, 255, 255, 0, 0, 0];

    const decoded = await pixelsOf({ width: 2, height: 1, bitsPerPixel: 32, compression: 3, masks, pixels });

    expect(decoded).to.deep.equal([RED, WHITE]);
  });

  it('an alpha that is 0 everywhere, as opaque: of 32 bits and of 16', async () => {
    const masks = [0x000000ff, 0x0000ff00, 0x00ff0000, 0xff000000];
    const kinds = [
      { bitsPerPixel: 32, masks, pixels: [255, 0, 0, 0, 0, 0, 255, 0] },
      { bitsPerPixel: 16, masks: [0x7c00, 0x03e0, 0x001f, 0x8000], pixels: [0, 0x7c, 0x1f, 0] },
    ];

    for (const kind of kinds)
      expect(await pixelsOf({ width: 2, height: 1, compression: 3, ...kind })).to.deep.equal([RED, BLUE]);
  });

  it('an alpha of a fifth, laid on white', async () => {
    const masks = [0x000000ff, 0x0000ff00, 0x00ff0000, 0xff000000];
    const pixels = [255, 0, 0, 51];

    const decoded = await pixelsOf({ width: 1, height: 1, bitsPerPixel: 32, compression: 3, masks, pixels });

    expect(decoded).to.deep.equal([[255, 204, 204]]);
  });

  it('no colour if it has no mask for it', async () => {
    const masks = [0x000000ff, 0, 0x00ff0000, 0];
    const pixels = [255, 255, 255, 255];

    const decoded = await pixelsOf({ width: 1, height: 1, bitsPerPixel: 32, compression: 3, masks, pixels });

    expect(decoded).to.deep.equal([[255, 0, 255]]);
  });

  it('literal runs of 4 bits, whose bytes are even in number, and nothing behind the end', async () => {
    const pixels = [0, 5, 0x01, 0x23, 0x10, 0, 0, 0, 0, 3, 0x32, 0x10, 0, 1, 5, 0x00];

    const decoded = await pixelsOf({
      width: 5,
      height: 2,
      bitsPerPixel: 4,
      compression: 2,
      palette: PALETTE,
      pixels,
    });

    expect(decoded).to.deep.equal([WHITE, BLUE, GREEN, WHITE, WHITE, RED, GREEN, BLUE, WHITE, GREEN]);
  });

  it('literal runs and moves; what no run covers is white', async () => {
    const pixels = [0, 3, 0, 1, 2, 0, 0, 2, 2, 1, 1, 0, 0, 1];

    const decoded = await pixelsOf({
      width: 3,
      height: 3,
      bitsPerPixel: 8,
      compression: 1,
      palette: PALETTE,
      pixels,
    });

    expect(decoded).to.deep.equal([WHITE, WHITE, WHITE, WHITE, WHITE, WHITE, RED, GREEN, BLUE]);
  });

  it('a run beyond the right edge, or an index beyond the palette, touches nothing else', async () => {
    const pixels = [9, 0, 0, 0, 1, 200, 0, 1];

    const decoded = await pixelsOf({
      width: 1,
      height: 2,
      bitsPerPixel: 8,
      compression: 1,
      palette: PALETTE,
      pixels,
    });

    expect(decoded).to.deep.equal([[0, 0, 0], RED]);
  });

  it('turns away what is cut short, what is too large and what it does not know', async () => {
    const whole = bmp(TRUE_COLOUR);
    const runs = bmp({
      width: 2,
      height: 2,
      bitsPerPixel: 8,
      compression: 1,
      palette: PALETTE,
      pixels: [1, 2],
    });

    expect(await codeOf(whole)).to.equal('decoded');
    expect(await codeOf(whole.subarray(0, whole.length - 3))).to.equal('truncated');
    expect(await codeOf(whole.subarray(0, 24))).to.equal('truncated');
    expect(await codeOf(runs), 'runs that never end').to.equal('corrupt');
    expect(await codeOf(whole, 4)).to.equal('decoded');
    expect(await codeOf(whole, 3)).to.equal('too-many-pixels');
    expect(await codeOf(bmp({ ...TRUE_COLOUR, compression: 5 }))).to.equal('unsupported-format');
    expect(await codeOf(bmp({ ...TRUE_COLOUR, width: -2 }))).to.equal('corrupt');
    expect(await codeOf(bmp({ ...TRUE_COLOUR, height: 0 }))).to.equal('corrupt');
    for (const [bitsPerPixel, compression] of [
      [8, 2],
      [4, 1],
      [24, 1],
      [8, 3],
      [3, 0],
    ] as const) {
      const parts = { ...TRUE_COLOUR, bitsPerPixel, compression, palette: PALETTE };
      expect(await codeOf(bmp(parts)), `${bitsPerPixel} bits, ${compression}`).to.equal('unsupported-format');
    }
  });
});
