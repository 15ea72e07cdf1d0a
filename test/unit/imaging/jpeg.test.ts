import { ImageError } from '@hangtag/shared/errors.js';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { expect } from 'chai';
import { farthest } from '../../fixtures/pictures.js';

const TARGET = { width: 20, height: 30, fit: 'squash', kernel: 'linear' } as const;

/** Smooth, and with detail everywhere. */
async function jpeg(options: {
  readonly progressive: boolean;
  readonly orientation?: number;
}): Promise<Buffer> {
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const create = { width: 40, height: 60, channels: 3, background: '#000', noise } as const;
  const { orientation = 1, progressive } = options;
  return sharp(await sharp({ create }).png().toBuffer())
    .resize(400, 600)
    .withMetadata({ orientation })
    .jpeg({ progressive, quality: 85 })
    .toBuffer();
}

async function outcomeOf(bytes: Uint8Array): Promise<string> {
  return decodeImage(bytes, TARGET, DEFAULT_LIMITS).then(
    ({ condition }) => condition,
    (error: unknown) => (error instanceof ImageError ? error.code : String(error)),
  );
}

/** Overwrites a twentieth of the file with random bytes. */
function garbled(file: Buffer, share: number): Buffer {
  const random = mulberry32(5);
  const at = Math.floor(file.length * share);
  const noise = Array.from({ length: Math.floor(file.length / 20) }, () => Math.floor(random() * 256));
  return Buffer.concat([file.subarray(0, at), Buffer.from(noise), file.subarray(at + noise.length)]);
}

describe('a damaged JPEG', () => {
  for (const progressive of [false, true]) {
    const kind = progressive ? 'progressive' : 'baseline';

    it(`control: is complete without damage: ${kind}`, async () => {
      expect(await outcomeOf(await jpeg({ progressive }))).to.equal('whole');
    });

    it(`is labelled without its last bytes: ${kind}`, async () => {
      const file = await jpeg({ progressive });

      for (const missing of [1, 2, 40])
        expect(await outcomeOf(file.subarray(0, file.length - missing)), `${missing} bytes`).to.equal(
          'damaged',
        );
    });

    it(`has all pixels if only its last two bytes are missing: ${kind}`, async () => {
      const file = await jpeg({ progressive });

      const whole = await decodeImage(file, TARGET, DEFAULT_LIMITS);
      const cut = await decodeImage(file.subarray(0, -2), TARGET, DEFAULT_LIMITS);

      expect(farthest(whole.pixels, cut.pixels)).to.be.at.most(12);
    });

    it(`is refused if its last third is missing or overwritten: ${kind}`, async () => {
      const file = await jpeg({ progressive });
      const share = progressive ? 0.1 : 0.6;

      expect(await outcomeOf(file.subarray(0, file.length * share))).to.equal('truncated');
      expect(await outcomeOf(garbled(file, share))).to.equal('corrupt');
    });
  }

  it('is whole if only its header causes a warning, as those of some cameras do, but is refused if half is missing', async () => {
    const file = await jpeg({ progressive: false });
    // The last byte of the scan's header: successive approximation, which a baseline picture does not have.
    const scan = file.lastIndexOf('\xff\xda', undefined, 'latin1');
    file[scan + 2 + file.readUInt16BE(scan + 2) - 1] = 0x11;

    expect(await outcomeOf(file)).to.equal('whole');
    expect(await outcomeOf(file.subarray(0, file.length / 2))).to.equal('truncated');
  });

  it('is labelled if only its last rows are damaged, with and without an Exif orientation', async () => {
    for (const orientation of [1, 6]) {
      const file = await jpeg({ progressive: false, orientation });

      expect(await outcomeOf(file.subarray(0, file.length * 0.95)), `cut, ${orientation}`).to.equal(
        'damaged',
      );
      expect(await outcomeOf(garbled(file, 0.93)), `garbled, ${orientation}`).to.equal('damaged');
    }
  });
});

describe('a JPEG of a kind that is not read', () => {
  for (const [kind, marker, bits] of [
    ['12 bits', 0xc1, 12],
    ['lossless with 16 bits', 0xc3, 16],
    ['hierarchical', 0xc5, 8],
    ['JPEG-LS', 0xf7, 8],
  ] as const) {
    it(`has an unsupported format: ${kind}`, async () => {
      const file = await jpeg({ progressive: false });
      const frame = file.indexOf('\xff\xc0', 0, 'latin1');
      file[frame + 1] = marker;
      file[frame + 4] = bits;

      expect(await outcomeOf(file)).to.equal('unsupported-format');
    });
  }
});
