import { readFile } from 'node:fs/promises';
import { ImageError } from '@hangtag/shared/errors.js';
import { decodeImage, type Target } from '@hangtag/shared/imaging/decode.js';
import { readableShare } from '@hangtag/shared/imaging/jpeg-codes.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import type { JpegOptions, Sharp } from 'sharp';
import { fromRoot } from '../../fixtures/paths.js';

const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="403" height="601">
  <defs><linearGradient id="g"><stop stop-color="#204080"/><stop offset="1" stop-color="#c04020"/></linearGradient></defs>
  <rect width="403" height="601" fill="#f4f2ee"/><ellipse cx="200" cy="300" rx="150" ry="280" fill="url(#g)"/></svg>`;

function drawing(): Sharp {
  return sharp(Buffer.from(DRAWING)).flatten({ background: '#fff' });
}

async function jpeg(options: JpegOptions = {}): Promise<Buffer> {
  return drawing()
    .jpeg({ quality: 85, ...options })
    .toBuffer();
}

async function restartMarkers(): Promise<Buffer> {
  return readFile(fromRoot('test/fixtures/pictures/restart-markers.jpg'));
}

/** The file with some of its own codes inserted at this share of it. They are valid, but what follows is moved. */
function withExtraCodes(file: Buffer, share: number): Buffer {
  const at = Math.floor(file.length * share);
  const codes = file.subarray(Math.floor(file.length * 0.35), Math.floor(file.length * 0.4));
  return Buffer.concat([file.subarray(0, at), codes, file.subarray(at)]);
}

function withBytesBeforeEnd(file: Buffer, bytes: Buffer): Buffer {
  return Buffer.concat([file.subarray(0, -2), bytes, file.subarray(-2)]);
}

describe('the codes of a JPEG', () => {
  const whole: Readonly<Record<string, () => Promise<Buffer>>> = {
    '4:2:0': () => jpeg(),
    '4:4:4': () => jpeg({ chromaSubsampling: '4:4:4' }),
    'codes of its own': () => jpeg({ optimiseCoding: true, mozjpeg: false }),
    'the lowest quality': () => jpeg({ quality: 1 }),
    'the highest quality': () => jpeg({ quality: 100 }),
    grey: () => drawing().toColourspace('b-w').jpeg().toBuffer(),
    CMYK: () => drawing().toColourspace('cmyk').jpeg().toBuffer(),
    'restart markers': restartMarkers,
    'ringing avoided by values out of range': () => jpeg({ overshootDeringing: true, quality: 50 }),
  };
  for (const [kind, make] of Object.entries(whole)) {
    it(`are all readable: ${kind}`, async () => {
      expect(readableShare(await make())).to.equal(1);
    });
  }

  it('are not read if they lie in several scans', async () => {
    expect(readableShare(await jpeg({ progressive: true }))).to.equal(undefined);
  });

  it('are not read without a whole header', async () => {
    expect(readableShare((await jpeg()).subarray(0, 300))).to.equal(undefined);
  });

  it('are readable up to the place where the end is missing', async () => {
    const file = await jpeg();

    expect(readableShare(file.subarray(0, file.length * 0.6))).to.be.within(0.4, 0.75);
    expect(readableShare(file.subarray(0, -2))).to.equal(1);
  });

  it('are readable up to wrong ones', async () => {
    const file = await jpeg();

    const shares = [0.45, 0.6, 0.75].map((share) => readableShare(withExtraCodes(file, share)) ?? 1);

    expect(shares.every((share) => share < 0.9)).to.equal(true);
    expect(shares).to.deep.equal([...shares].sort());
  });

  it('are not readable if more than a few bytes follow the last block, unless they are zeros that fill up', async () => {
    const file = await jpeg();

    expect(readableShare(withBytesBeforeEnd(file, Buffer.alloc(12, 0x55)))).to.equal(0);
    expect(readableShare(withBytesBeforeEnd(file, Buffer.alloc(8, 0x55)))).to.equal(1);
    expect(readableShare(withBytesBeforeEnd(file, Buffer.alloc(400)))).to.equal(1);
  });

  it('are readable again after the next restart marker', async () => {
    const file = await restartMarkers();
    const first = file.indexOf('\xff\xd1', 0, 'latin1');
    const damaged = Buffer.concat([file.subarray(0, first - 20), file.subarray(first)]);

    // One row of blocks of ten.
    expect(readableShare(damaged)).to.be.within(0.9, 0.99);
  });
});

describe('a JPEG with wrong codes that libjpeg accepts', () => {
  const TARGET: Target = { width: 100, height: 100, fit: 'squash', kernel: 'linear' };

  async function outcomeOf(bytes: Buffer, target = TARGET): Promise<string> {
    return decodeImage(bytes, target, DEFAULT_LIMITS).then(
      ({ condition }) => condition,
      (error: unknown) => (error instanceof ImageError ? error.code : String(error)),
    );
  }

  it('control: is accepted by libjpeg without a warning', async () => {
    const bytes = withExtraCodes(await jpeg(), 0.5);

    expect(await sharp(bytes, { failOn: 'warning' }).resize(9, 9).raw().toBuffer()).to.have.length(243);
  });

  for (const orientation of [1, 6]) {
    it(`is corrupt if they begin in its middle: Exif orientation ${orientation}`, async () => {
      const file = await drawing().withMetadata({ orientation }).jpeg({ quality: 85 }).toBuffer();

      expect(await outcomeOf(file)).to.equal('whole');
      expect(await outcomeOf(withExtraCodes(file, 0.5))).to.equal('corrupt');
      expect(await outcomeOf(withExtraCodes(file, 0.5), { ...TARGET, fit: 'pad' })).to.equal('corrupt');
    });
  }

  it('is not looked for in a file above 8 MiB, which would take too long', async () => {
    const file = withExtraCodes(await jpeg(), 0.5);
    const comment = Buffer.concat([Buffer.from('\xff\xfe\xff\xff', 'latin1'), Buffer.alloc(0xfffd)]);
    const comments = (count: number) => Array.from({ length: count }, () => comment);
    const withComments = (count: number) =>
      Buffer.concat([file.subarray(0, 2), ...comments(count), file.subarray(2)]);

    expect(await outcomeOf(withComments(120))).to.equal('corrupt');
    expect(await outcomeOf(withComments(130))).to.equal('whole');
  });

  it('is damaged if a row between restart markers has them', async () => {
    const file = await restartMarkers();
    const first = file.indexOf('\xff\xd1', 0, 'latin1');

    expect(await outcomeOf(file)).to.equal('whole');
    expect(await outcomeOf(Buffer.concat([file.subarray(0, first - 20), file.subarray(first)]))).to.equal(
      'damaged',
    );
  });
});
