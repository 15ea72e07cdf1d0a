import { decodeImage, type Target } from '@hangtag/shared/imaging/decode.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import type { Sharp } from 'sharp';
import { farthest, flat, QUARTERED, quarteredPng } from '../../fixtures/pictures.js';

const TARGET: Target = { ...QUARTERED, fit: 'squash', kernel: 'linear' };

async function decode(bytes: Uint8Array, target: Target = TARGET): Promise<Uint8Array> {
  return (await decodeImage(bytes, target, DEFAULT_LIMITS)).pixels;
}

/** The colour in the middle of a picture of one colour. */
async function colourOf(image: Sharp | Buffer): Promise<readonly number[]> {
  const bytes = Buffer.isBuffer(image) ? image : await image.png().toBuffer();
  return [...(await decode(bytes, { width: 1, height: 1, fit: 'squash', kernel: 'linear' }))];
}

describe('decoding a picture', () => {
  describe('returns the same pixels for all formats', () => {
    const lossless: Readonly<Record<string, (image: Sharp) => Sharp>> = {
      png: (image) => image.png(),
      'png with a palette': (image) => image.png({ palette: true, colours: 8 }),
      'interlaced png': (image) => image.png({ progressive: true }),
      '16-bit png': (image) => image.toColourspace('rgb16').png(),
      'lossless webp': (image) => image.webp({ lossless: true }),
      tiff: (image) => image.tiff({ compression: 'lzw' }),
      'tiled tiff': (image) =>
        image.tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }),
      gif: (image) => image.gif({ dither: 0 }),
    };
    const lossy: Readonly<Record<string, (image: Sharp) => Sharp>> = {
      jpeg: (image) => image.jpeg({ quality: 98, chromaSubsampling: '4:4:4' }),
      'progressive jpeg': (image) =>
        image.jpeg({ quality: 98, chromaSubsampling: '4:4:4', progressive: true }),
      avif: (image) => image.avif({ quality: 95, chromaSubsampling: '4:4:4' }),
    };
    for (const [name, pack] of Object.entries(lossless)) {
      it(name, async () => {
        const original = await quarteredPng();

        const pixels = await decode(await pack(sharp(original)).toBuffer());

        // A GIF's palette may be off by a rounding.
        expect(farthest(pixels, await decode(original))).to.be.at.most(2);
      });
    }
    for (const [name, pack] of Object.entries(lossy)) {
      it(name, async () => {
        const original = await quarteredPng();

        const pixels = await decode(await pack(sharp(original)).toBuffer());

        expect(farthest(pixels, await decode(original))).to.be.at.most(24);
      });
    }
  });

  describe('turns it upright: Exif orientation', () => {
    // Where the picture's row and column of the stored pixel at (row, column) lie: the standard's own table.
    const { width, height } = QUARTERED;
    const right = width - 1;
    const bottom = height - 1;
    const upright: Readonly<
      Record<number, (row: number, column: number) => readonly [x: number, y: number]>
    > = {
      1: (row, column) => [column, row],
      2: (row, column) => [right - column, row],
      3: (row, column) => [right - column, bottom - row],
      4: (row, column) => [column, bottom - row],
      5: (row, column) => [row, column],
      6: (row, column) => [right - row, column],
      7: (row, column) => [right - row, bottom - column],
      8: (row, column) => [row, bottom - column],
    };
    for (const [orientation, place] of Object.entries(upright)) {
      it(`${orientation} in PNG, JPEG, WebP and TIFF`, async () => {
        const expected = await decode(await quarteredPng());
        const isTurned = Number(orientation) >= 5;
        const stored = { width: isTurned ? height : width, height: isTurned ? width : height };
        const pixels = Buffer.alloc(expected.length);
        for (let at = 0; at < width * height; at += 1) {
          const [x, y] = place(Math.floor(at / stored.width), at % stored.width);
          pixels.set(expected.subarray((y * width + x) * 3, (y * width + x) * 3 + 3), at * 3);
        }
        const tagged = () =>
          sharp(pixels, { raw: { ...stored, channels: 3 } }).withMetadata({
            orientation: Number(orientation),
          });

        const png = await decode(await tagged().png().toBuffer());
        const webp = await decode(await tagged().webp({ lossless: true }).toBuffer());
        const tiff = await decode(await tagged().tiff({ compression: 'lzw' }).toBuffer());
        const jpeg = await decode(
          await tagged().jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer(),
        );

        expect([farthest(png, expected), farthest(webp, expected), farthest(tiff, expected)]).to.deep.equal([
          0, 0, 0,
        ]);
        expect(farthest(jpeg, expected)).to.be.at.most(24);
      });
    }

    it('and without it, a turned picture stays turned', async () => {
      const upright = await quarteredPng();

      const turned = await decode(await sharp(upright).rotate(180).png().toBuffer());

      expect(farthest(turned, await decode(upright))).to.be.above(100);
    });
  });

  describe('converts its colours', () => {
    it('lays transparency on white', async () => {
      expect(await colourOf(flat('rgba(0,0,0,0)'))).to.deep.equal([255, 255, 255]);
      expect(await colourOf(flat('rgba(255,0,0,0.5)'))).to.deep.equal([255, 127, 127]);
    });

    it('makes three channels of grey, with and without transparency', async () => {
      const grey = await flat('#808080').removeAlpha().toColourspace('b-w').png().toBuffer();
      const greyAlpha = await flat('rgba(0,0,0,0)').toColourspace('b-w').png().toBuffer();

      expect(await colourOf(grey)).to.deep.equal([128, 128, 128]);
      expect(await colourOf(greyAlpha)).to.deep.equal([255, 255, 255]);
    });

    it('converts a wide profile to sRGB instead of dropping it', async () => {
      const wide = await flat('#e02020').removeAlpha().withIccProfile('p3').png().toBuffer();
      const { data: stored } = await sharp(wide, { ignoreIcc: true })
        .raw()
        .toBuffer({ resolveWithObject: true });

      const [red = 0, green = 0, blue = 0] = await colourOf(wide);

      expect(Math.max(Math.abs(red - 0xe0), Math.abs(green - 0x20), Math.abs(blue - 0x20))).to.be.at.most(3);
      expect(stored[1], 'the stored values are others').to.be.above(0x28);
    });

    it('converts CMYK', async () => {
      const cmyk = await flat('#e02020').removeAlpha().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();

      const [red = 0, green = 0, blue = 0] = await colourOf(cmyk);

      expect((await sharp(cmyk).metadata()).space).to.equal('cmyk');
      expect(red).to.be.above(180);
      expect(Math.max(green, blue)).to.be.below(90);
    });

    it('takes the first frame of an animation', async () => {
      const frames = await Promise.all(['#ff0000', '#00ff00'].map((colour) => flat(colour).png().toBuffer()));
      const gif = await sharp(frames, { join: { animated: true } })
        .gif()
        .toBuffer();
      const webp = await sharp(frames, { join: { animated: true } })
        .webp({ lossless: true })
        .toBuffer();

      expect((await sharp(gif).metadata()).pages).to.equal(2);
      expect(await colourOf(gif)).to.deep.equal([255, 0, 0]);
      expect(await colourOf(webp)).to.deep.equal([255, 0, 0]);
    });
  });

  describe('fits it to the size that the model wants', () => {
    const wide = () => flat('#000000', { width: 40, height: 10 }).png().toBuffer();
    const square = { width: 8, height: 8, kernel: 'lanczos3' } as const;

    it('squash fills the whole', async () => {
      expect(
        [...(await decode(await wide(), { ...square, fit: 'squash' }))].every((value) => value === 0),
      ).to.equal(true);
    });

    it('cover crops at the centre', async () => {
      const left = sharp({ create: { width: 10, height: 10, channels: 3, background: '#ff0000' } });
      const bytes = await sharp(await wide())
        .composite([{ input: await left.png().toBuffer(), left: 0, top: 0 }])
        .png()
        .toBuffer();

      const pixels = await decode(bytes, { ...square, fit: 'cover' });

      expect(
        [...pixels].every((value) => value === 0),
        'the red end is cropped away',
      ).to.equal(true);
    });

    it('pad keeps the shape and fills up with white', async () => {
      const pixels = await decode(await wide(), { ...square, fit: 'pad' });

      const rows = Array.from({ length: 8 }, (_, y) => pixels[y * 8 * 3]);
      expect(rows).to.deep.equal([255, 255, 255, 0, 0, 255, 255, 255]);
    });
  });
});
