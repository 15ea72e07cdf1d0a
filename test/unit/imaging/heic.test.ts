import { readFile } from 'node:fs/promises';
import { ImageError } from '@hangtag/shared/errors.js';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { sniffFormat } from '@hangtag/shared/imaging/format.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { farthest, QUARTERED, quarteredPng } from '../../fixtures/pictures.js';

const TARGET = { ...QUARTERED, fit: 'squash', kernel: 'linear' } as const;

/** The quartered picture, encoded once with libheif's `heif-enc -q 90 -p chroma=444`. */
function quarteredHeic(): Promise<Buffer> {
  return readFile(fromRoot('test/fixtures/pictures/quartered.heic'));
}

async function codeOf(bytes: Uint8Array, maxPixels = DEFAULT_LIMITS.maxPixels): Promise<string> {
  return decodeImage(bytes, TARGET, { ...DEFAULT_LIMITS, maxPixels }).then(
    () => 'decoded',
    (error: unknown) => (error instanceof ImageError ? error.code : String(error)),
  );
}

describe('decoding HEIC', () => {
  it('returns the pixels of its input', async () => {
    const { pixels } = await decodeImage(await quarteredHeic(), TARGET, DEFAULT_LIMITS);
    const { pixels: expected } = await decodeImage(await quarteredPng(), TARGET, DEFAULT_LIMITS);

    expect(farthest(pixels, expected)).to.be.at.most(32);
  });

  it('converts a colour profile to sRGB, named or embedded', async () => {
    const { pixels: expected } = await decodeImage(await quarteredPng(), TARGET, DEFAULT_LIMITS);
    const embedded = await readFile(fromRoot('test/fixtures/pictures/quartered-p3.heic'));
    // Display P3 by number: primaries 12, transfer 13, matrix 6, full range.
    const named = Buffer.from(embedded);
    named.set(Buffer.from('nclx\0\x0c\0\x0d\0\x06\x80', 'latin1'), named.indexOf('colrprof') + 4);

    const { pixels } = await decodeImage(embedded, TARGET, DEFAULT_LIMITS);
    const { pixels: byNumber } = await decodeImage(named, TARGET, DEFAULT_LIMITS);

    // The first pixel alone: a wide profile that is left out moves it by 18, and edges are not exact.
    const first = (image: Uint8Array) => image.subarray(0, 3);
    expect(farthest(first(pixels), first(expected))).to.be.at.most(6);
    expect(farthest(first(byNumber), first(expected))).to.be.at.most(6);
  });

  it('reads 48 million pixels, as phones take them', async () => {
    const file = await readFile(fromRoot('test/fixtures/pictures/flat-48mp.heic'));

    const { pixels, source } = await decodeImage(file, { ...TARGET, width: 1, height: 1 }, DEFAULT_LIMITS);

    expect(source).to.deep.equal({ width: 8_064, height: 6_048 });
    expect(farthest(pixels, Uint8Array.of(200, 60, 40))).to.be.at.most(4);
  });

  it('holds the size in its header against the limit', async () => {
    const area = QUARTERED.width * QUARTERED.height;

    expect(await codeOf(await quarteredHeic(), area)).to.equal('decoded');
    expect(await codeOf(await quarteredHeic(), area - 1)).to.equal('too-many-pixels');
  });

  it('turns away what is cut short or overwritten, and goes on', async () => {
    const whole = await quarteredHeic();
    const overwritten = Buffer.from(whole).fill(0xff, 100, 300);

    expect(await codeOf(whole.subarray(0, whole.length - 200))).to.equal('truncated');
    expect(await codeOf(overwritten)).to.equal('corrupt');
    expect(await codeOf(whole)).to.equal('decoded');
  });

  it('is distinguished from AVIF, which has the same container, by its brands', async () => {
    const file = (major: string, ...brands: string[]) =>
      Buffer.from(
        `\0\0\0${String.fromCharCode(16 + brands.length * 4)}ftyp${major}\0\0\0\0${brands.join('')}`,
        'latin1',
      );

    expect(sniffFormat(file('mif1', 'mif1', 'avif'))).to.equal('avif');
    expect(sniffFormat(file('mif1', 'mif1', 'heic'))).to.equal('heic');
    expect(sniffFormat(file('heix', 'mif1'))).to.equal('heic');
    expect(() => sniffFormat(file('qt  ', 'qt  '))).to.throw(ImageError);
  });
});
