import { ImageError, type RejectionCode } from '@hangtag/shared/errors.js';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { lockLoaders, sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS, type ImageLimits } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import { flat, quartered } from '../../fixtures/pictures.js';

async function outcome(
  bytes: Uint8Array,
  limits: Partial<ImageLimits> = {},
): Promise<RejectionCode | 'decoded'> {
  try {
    const target = { width: 8, height: 8, fit: 'squash', kernel: 'linear' } as const;
    await decodeImage(bytes, target, { ...DEFAULT_LIMITS, ...limits });
    return 'decoded';
  } catch (error) {
    if (error instanceof ImageError) return error.code;
    throw error;
  }
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1');
}

/** The header of a PNG of any size, without its pixels. */
function pngHeader(width: number, height: number): Buffer {
  const header = text('\x89PNG\r\n\x1a\n\0\0\0\rIHDR________\x08\x02\0\0\0____');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
  return Buffer.concat([header, text('\0\x01\0\0IDAT')]);
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe('rejecting pictures', () => {
  it('zero bytes are empty', async () => {
    expect(await outcome(new Uint8Array(0))).to.equal('empty');
  });

  for (const [name, bytes] of Object.entries({
    text: text('hello, I am shirt.jpg'),
    'one byte': text('\xff'),
    zeros: Buffer.alloc(1000),
    HTML: text('<!doctype html><html><body>An <svg> would be in here</body></html>'),
    'a zip archive': text('PK\x03\x04________________'),
    'a video': text('\0\0\0\x18ftypmp42\0\0\0\0mp42isom'),
  })) {
    it(`${name} is not an image`, async () => {
      expect(await outcome(bytes)).to.equal('not-an-image');
    });
  }

  for (const [name, bytes] of Object.entries({
    SVG: text('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    'SVG behind a declaration, a comment and a document type': text(
      '\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a > b -->\n<!DOCTYPE svg [<!ENTITY a "b">]>\n<svg:svg xmlns:svg="x"/>',
    ),
    PDF: text('%PDF-1.7\n'),
    Photoshop: text('8BPS\0\x01'),
    'JPEG XL': text('\xff\x0a__'),
    'a portable pixmap': text('P6\n1 1\n255\n___'),
    'an icon': text('\0\0\x01\0\x01\0'),
  })) {
    it(`${name} is of an unsupported format`, async () => {
      expect(await outcome(bytes)).to.equal('unsupported-format');
    });
  }

  it('a file without its end is truncated, in every format that shows it', async () => {
    const png = await quartered().png().toBuffer();
    // The same noise each time: of random files, one in 256 would be cut after a byte that equals the end of a GIF.
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * index * 31) % 251));
    const noisy = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    const whole = {
      png: await noisy.clone().png().toBuffer(),
      jpeg: await noisy.clone().jpeg().toBuffer(),
      webp: await noisy.clone().webp().toBuffer(),
      gif: await noisy.clone().gif().toBuffer(),
      avif: await noisy.clone().avif().toBuffer(),
    };
    const outcomes = await Promise.all(
      Object.entries(whole).map(async ([name, bytes]) => [
        name,
        await outcome(bytes),
        await outcome(bytes.subarray(0, bytes.length / 2)),
      ]),
    );

    expect(outcomes).to.deep.equal(Object.keys(whole).map((name) => [name, 'decoded', 'truncated']));
    expect(await outcome(png.subarray(0, 20)), 'cut inside the header').to.equal('truncated');
  });

  it('a file with overwritten bytes in its middle is corrupt', async () => {
    const png = await quartered().png().toBuffer();
    png.fill(0x55, 40, png.length - 20);

    expect(await outcome(png)).to.equal('corrupt');
  });

  it('a header of 65,000 x 65,000 pixels is rejected without memory for its pixels', async () => {
    const before = process.memoryUsage.rss();

    expect(await outcome(pngHeader(65_000, 65_000))).to.equal('too-many-pixels');
    expect(await outcome(pngHeader(100, 100)), 'the size alone is at fault').to.equal('truncated');
    expect(process.memoryUsage.rss() - before).to.be.below(50_000_000);
  });

  describe('at a limit and one below it', () => {
    it('bytes', async () => {
      const bytes = await flat('#123456').png().toBuffer();

      expect(await outcome(bytes, { maxBytes: bytes.length })).to.equal('decoded');
      expect(await outcome(bytes, { maxBytes: bytes.length - 1 })).to.equal('too-many-bytes');
    });

    for (const [format, pack] of Object.entries({
      jpeg: () => flat('#123456', { width: 20, height: 30 }).jpeg(),
      png: () => flat('#123456', { width: 20, height: 30 }).png(),
      webp: () => flat('#123456', { width: 20, height: 30 }).webp(),
      gif: () => flat('#123456', { width: 20, height: 30 }).gif(),
      tiff: () => flat('#123456', { width: 20, height: 30 }).tiff(),
      avif: () => flat('#123456', { width: 20, height: 30 }).avif(),
    })) {
      it(`pixels of ${format}`, async () => {
        const bytes = await pack().toBuffer();

        expect(await outcome(bytes, { maxPixels: 600 })).to.equal('decoded');
        expect(await outcome(bytes, { maxPixels: 599 })).to.equal('too-many-pixels');
      });
    }
  });
});

describe('libvips with blocked loaders', () => {
  const svg = text('<svg xmlns="http://www.w3.org/2000/svg" width="3" height="2"/>');
  const matrix = text('2 1\n1 2\n');

  async function canRead(bytes: Uint8Array): Promise<boolean> {
    return sharp(bytes)
      .metadata()
      .then(
        () => true,
        () => false,
      );
  }

  // Blocking applies to the whole process, and other tests in it draw SVG.
  afterEach(() => sharp.unblock({ operation: ['VipsForeignLoad'] }));

  it('cannot read unused formats, which it could read before', async () => {
    const before = await canRead(svg);
    lockLoaders();

    expect([before, await canRead(svg), await canRead(matrix)]).to.deep.equal([true, false, false]);
  });

  it('can read the formats that are used', async () => {
    lockLoaders();

    for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
      expect(await outcome(await quartered().toFormat(format).toBuffer()), format).to.equal('decoded');
    }
  });
});
