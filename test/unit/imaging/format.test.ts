import { ImageError } from '@hangtag/shared/errors.js';
import { FORMATS, type Format, sniffFormat } from '@hangtag/shared/imaging/format.js';
import { assertBytes, assertPixels, DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** A HEIF file by its brands, the first of them the major one. */
function heif(major: string, ...compatible: readonly string[]): Buffer {
  const brands = latin1(`____ftyp${major}\0\0\0\0${compatible.join('')}`);
  brands.writeUInt32BE(brands.length);
  return Buffer.concat([brands, latin1('\0\0\0\x0cmetaavif')]);
}

describe('the format of a file', () => {
  const accepted: readonly [bytes: Buffer, format: Format][] = [
    [latin1('\xff\xd8\xff\xe0'), 'jpeg'],
    [latin1('\x89PNG\r\n\x1a\n'), 'png'],
    [latin1('RIFF____WEBPVP8 '), 'webp'],
    [latin1('RIFF____WEBPVP8L'), 'webp'],
    [latin1('RIFF____WEBPVP8X'), 'webp'],
    [latin1('GIF87a'), 'gif'],
    [latin1('GIF89a'), 'gif'],
    [latin1('II*\0'), 'tiff'],
    [latin1('MM\0*'), 'tiff'],
    [latin1('II+\0'), 'tiff'],
    [latin1('MM\0+'), 'tiff'],
    [latin1('BM'), 'bmp'],
    [heif('avif'), 'avif'],
    [heif('avis'), 'avif'],
    [heif('mif1', 'heic', 'avif'), 'avif'],
    [heif('heic', 'mif1'), 'heic'],
    [heif('isom', 'hevx'), 'heic'],
    [heif('msf1'), 'heic'],
  ];
  for (const [bytes, format] of accepted) {
    it(`is ${format} if it begins with ${JSON.stringify(bytes.toString('latin1'))}`, () => {
      expect(sniffFormat(bytes)).to.equal(format);
    });
  }

  const others: readonly [bytes: Buffer, name: string][] = [
    [latin1('<svg xmlns="x">'), 'SVG'],
    [latin1('P6\n'), 'portable anymap'],
    [latin1('%PDF-'), 'PDF'],
    [latin1('8BPS'), 'Photoshop'],
    [latin1('____jP  \r\n\x87\n'), 'JPEG 2000'],
    [latin1('\xff\x4f\xff\x51'), 'JPEG 2000'],
    [latin1('\xff\x0a'), 'JPEG XL'],
    [latin1('____JXL \r\n\x87\n'), 'JPEG XL'],
    [latin1('\0\0\x01\0'), 'icon'],
    [latin1('\0\0\x02\0'), 'cursor'],
    [latin1('\xd7\xcd\xc6\x9a'), 'Windows metafile'],
    [latin1('v/1\x01'), 'OpenEXR'],
    [latin1('#?RADIANCE'), 'Radiance HDR'],
    [latin1('DDS '), 'DirectDraw surface'],
    [latin1('qoif'), 'QOI'],
    [latin1('farbfeld'), 'farbfeld'],
    [latin1('%!PS'), 'PostScript'],
    [latin1('icns'), 'Apple icon'],
    [latin1('\x8aMNG'), 'MNG'],
    [latin1('\x8bJNG'), 'JNG'],
  ];
  for (const [bytes, name] of others) {
    it(`is unsupported, with the name ${name}, in ${JSON.stringify(bytes.toString('latin1'))}`, () => {
      expect(() => sniffFormat(bytes))
        .to.throw(
          ImageError,
          `Expected one of jpeg, png, webp, gif, tiff, bmp, avif, heic but received ${name}`,
        )
        .with.include({ code: 'unsupported-format', name: 'ImageError' });
    });
  }

  it('is unknown for other bytes', () => {
    const strangers = [
      latin1('RIFF____WEBP<svg xmlns="x"/>'),
      latin1('<svg____WEBPVP8 '),
      heif('isom', 'xheic'),
      heif('isom', 'hei', 'heid'),
      heif('mp42'),
      latin1('_GIF89a'),
    ];
    for (const bytes of strangers) {
      expect(() => sniffFormat(bytes))
        .to.throw(ImageError, `Expected an image but received ${bytes.length} bytes of another kind`)
        .with.property('code', 'not-an-image');
    }
    expect(() => sniffFormat(new Uint8Array(0)))
      .to.throw(ImageError, 'Expected an image but received 0 bytes')
      .with.property('code', 'empty');
  });

  it('is one of the names in manifests and logs', () => {
    expect(new Set(accepted.map(([, format]) => format))).to.deep.equal(new Set(FORMATS));
  });
});

describe('the size of a picture', () => {
  const limit = 12;

  it('is refused above the limit, with a message that contains both', () => {
    expect(() => assertPixels({ width: 3, height: 4 }, limit)).not.to.throw();
    expect(() => assertPixels({ width: 13, height: 1 }, limit))
      .to.throw(ImageError, 'Expected at most 12 pixels but received 13 x 1 = 13')
      .with.property('code', 'too-many-pixels');
    expect(() => assertBytes(new Uint8Array(4), { ...DEFAULT_LIMITS, maxBytes: 3 }))
      .to.throw(ImageError, 'Expected at most 3 bytes but received 4')
      .with.property('code', 'too-many-bytes');
  });

  for (const [width, height] of [
    [0, 1],
    [1, 0],
    [-1, -1],
    [1.5, 2],
    [2, 1.5],
    [Number.NaN, 1],
    [1, Number.NaN],
  ] as const) {
    it(`is never ${width} x ${height}`, () => {
      expect(() => assertPixels({ width, height }, limit))
        .to.throw(ImageError, `Expected positive sides but received ${width} x ${height}`)
        .with.property('code', 'corrupt');
    });
  }
});
