import { readFile } from 'node:fs/promises';
import { ImageError } from '@hangtag/shared/errors.js';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { decodeCost, decodeDemand } from '@hangtag/shared/imaging/decode-cost.js';
import { sniffFormat } from '@hangtag/shared/imaging/format.js';
import type { Header } from '@hangtag/shared/imaging/headers/header.js';
import { readHeader } from '@hangtag/shared/imaging/headers/read-header.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import type { Sharp } from 'sharp';
import { bmp } from '../../fixtures/bmp.js';
import { fromRoot } from '../../fixtures/paths.js';
import { flat } from '../../fixtures/pictures.js';

const SIDES = { width: 320, height: 200 };
const picture = () => flat('rgba(200,60,40,0.7)', SIDES);
const opaque = () => picture().removeAlpha();

function headerOf(file: Uint8Array): Header | undefined {
  return readHeader(sniffFormat(file), file);
}

async function codeOf(file: Uint8Array, maxDecodeBytes = DEFAULT_LIMITS.maxDecodeBytes): Promise<string> {
  const target = { width: 8, height: 8, fit: 'squash', kernel: 'linear' } as const;
  return decodeImage(file, target, { ...DEFAULT_LIMITS, maxDecodeBytes }).then(
    () => 'decoded',
    (error: unknown) => (error instanceof ImageError ? error.code : String(error)),
  );
}

describe('the header of a picture', () => {
  const layouts: Readonly<Record<string, [picture: () => Sharp, layout: Header['layout']]>> = {
    'a JPEG in one scan': [() => opaque().jpeg(), { kind: 'rows', bytesPerPixel: 3 }],
    'a progressive JPEG 4:2:0': [
      () => opaque().jpeg({ progressive: true }),
      { kind: 'frame', bytesPerPixel: 3 },
    ],
    'a progressive JPEG 4:4:4': [
      () => opaque().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
      { kind: 'frame', bytesPerPixel: 6 },
    ],
    'a progressive CMYK JPEG': [
      () => opaque().toColourspace('cmyk').jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
      { kind: 'frame', bytesPerPixel: 8 },
    ],
    'a PNG': [() => picture().png(), { kind: 'rows', bytesPerPixel: 4 }],
    'an interlaced PNG of 16 bits': [
      () => picture().toColourspace('rgb16').png({ progressive: true }),
      { kind: 'frame', bytesPerPixel: 8 },
    ],
    'a PNG with a palette': [() => opaque().png({ palette: true }), { kind: 'rows', bytesPerPixel: 4 }],
    'a lossy WebP': [() => opaque().webp(), { kind: 'rows', bytesPerPixel: 3 }],
    'a lossy WebP with transparency': [() => picture().webp(), { kind: 'frame', bytesPerPixel: 2 }],
    'a lossless WebP': [() => opaque().webp({ lossless: true }), { kind: 'frame', bytesPerPixel: 4 }],
    'a GIF': [() => opaque().gif(), { kind: 'frame', bytesPerPixel: 5 }],
    'a TIFF in strips': [() => opaque().tiff(), { kind: 'rows', bytesPerPixel: 3 }],
    'a TIFF in tiles': [
      () => opaque().tiff({ tile: true, tileWidth: 64, tileHeight: 32 }),
      { kind: 'tiles', bytesPerPixel: 3, tile: { width: 64, height: 32 } },
    ],
    'an AVIF': [() => opaque().avif({ effort: 0 }), { kind: 'frame', bytesPerPixel: 17 }],
    'an AVIF of 10 bits': [
      () => opaque().avif({ effort: 0, bitdepth: 10 }),
      { kind: 'frame', bytesPerPixel: 24 },
    ],
  };
  for (const [name, [pack, layout]] of Object.entries(layouts)) {
    it(`says how it is decoded: ${name}`, async () => {
      expect(headerOf(await pack().toBuffer())).to.deep.include({ ...SIDES, layout });
    });
  }

  it('says so with metadata before it', async () => {
    const file = await opaque().withIccProfile('p3').withMetadata({ orientation: 6 }).jpeg().toBuffer();

    expect(headerOf(file)).to.deep.include({ ...SIDES, layout: { kind: 'rows', bytesPerPixel: 3 } });
  });

  it('is read in BMP and HEIC', async () => {
    const heic = await readFile(fromRoot('test/fixtures/pictures/flat-48mp.heic'));
    const pixels = Array.from({ length: 8 }, () => 0);

    expect(headerOf(bmp({ width: 2, height: 1, bitsPerPixel: 24, pixels }))).to.include({
      width: 2,
      height: 1,
    });
    expect(headerOf(heic)).to.deep.include({
      width: 8_064,
      height: 6_048,
      layout: { kind: 'frame', bytesPerPixel: 6.5 },
    });
  });

  it('is undefined if the file ends inside of it', async () => {
    for (const { bytes } of await packed()) expect(headerOf(bytes.subarray(0, 16))).to.equal(undefined);
  });
});

async function packed(): Promise<readonly { readonly name: string; readonly bytes: Buffer }[]> {
  const formats = { jpeg: picture().jpeg(), png: picture().png(), webp: picture().webp() };
  const files = Object.entries(formats).map(async ([name, image]) => ({
    name,
    bytes: await image.toBuffer(),
  }));
  return Promise.all(files);
}

describe('what it takes to decode a picture', () => {
  const size = { width: 8_000, height: 6_000 };
  const costOf = (layout: Header['layout'], sides = size) => decodeCost({ format: 'png', ...sides, layout });

  it('is some rows, or everything', () => {
    expect(costOf({ kind: 'rows', bytesPerPixel: 3 })).to.be.within(40e6, 80e6);
    expect(costOf({ kind: 'frame', bytesPerPixel: 3 })).to.be.within(144e6, 200e6);
    expect(costOf({ kind: 'rows', bytesPerPixel: 3 }, { width: 48_000, height: 1_000 })).to.be.above(144e6);
  });

  it('is two rows of tiles, and one tile', () => {
    const tile = { width: 4_096, height: 4_096 };

    expect(costOf({ kind: 'tiles', bytesPerPixel: 4, tile })).to.be.above(5 * 4_096 * 4_096 * 4);
  });

  it('is a limit, inclusive', async () => {
    const file = await picture().png({ progressive: true }).toBuffer();
    const header = headerOf(file);
    if (header === undefined) throw new Error('Expected a header');
    const bytes = decodeCost(header) + 3 * file.length;

    expect(await codeOf(file, bytes)).to.equal('decoded');
    expect(await codeOf(file, bytes - 1)).to.equal('too-large-to-decode');
  });

  it('is too much for 50 million pixels of AVIF in 1 kB, which are refused by their header', async () => {
    const file = await readFile(fromRoot('test/fixtures/pictures/bomb-50mp.avif'));
    const withoutPixels = file.subarray(0, file.indexOf('mdat'));

    expect(await codeOf(file)).to.equal('too-large-to-decode');
    expect(await codeOf(withoutPixels)).to.equal('too-large-to-decode');
    expect(await codeOf(withoutPixels, Number.MAX_SAFE_INTEGER), 'control: decoded').to.equal('truncated');
  });

  it('is a demand of memory and, for HEIC and AVIF, of time', async () => {
    const heic = await readFile(fromRoot('test/fixtures/pictures/flat-48mp.heic'));
    const text = Buffer.from('no picture');
    const png = await picture().png().toBuffer();

    expect(decodeDemand(heic, DEFAULT_LIMITS).memoryBytes).to.be.within(340e6, 400e6);
    expect(decodeDemand(heic, DEFAULT_LIMITS).decodeMs).to.be.within(4_000, 5_000);
    for (const file of [text, png])
      expect(decodeDemand(file, DEFAULT_LIMITS)).to.deep.equal({ memoryBytes: 64_000_000, decodeMs: 0 });
  });
});
