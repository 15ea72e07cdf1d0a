import { ImageError } from '@hangtag/shared/errors.js';
import { decodeImage, type Target } from '@hangtag/shared/imaging/decode.js';
import { readTiffHeader } from '@hangtag/shared/imaging/headers/tiff.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import { farthest, QUARTERED, quarteredPng } from '../../fixtures/pictures.js';
import { type TiffParts, tiff } from '../../fixtures/tiff.js';

const TARGET = { ...QUARTERED, fit: 'squash', kernel: 'linear' } as const;
const TAG = {
  subfile: 254,
  oldSubfile: 255,
  bits: 258,
  compression: 259,
  photometric: 262,
  orientation: 274,
  samples: 277,
  planes: 284,
  tileWidth: 322,
  tileHeight: 323,
  extra: 338,
  format: 339,
  subsampling: 530,
  reference: 532,
};

async function decode(bytes: Uint8Array, target: Target = TARGET): Promise<Uint8Array> {
  return (await decodeImage(bytes, target, DEFAULT_LIMITS)).pixels;
}

/** Red, green and blue of every pixel. */
async function pixels(): Promise<readonly (readonly [number, number, number])[]> {
  const data = await sharp(await quarteredPng())
    .removeAlpha()
    .raw()
    .toBuffer();
  return Array.from({ length: data.length / 3 }, (_, index) => [
    data[index * 3] ?? 0,
    data[index * 3 + 1] ?? 0,
    data[index * 3 + 2] ?? 0,
  ]);
}

/** Samples of 32 bits. */
function wide(values: readonly number[], write: (buffer: Buffer, value: number, at: number) => void): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) write(buffer, value, index * 4);
  return buffer;
}

/** Blocks of `across` x `down` luma values, each with its chroma values behind them. */
async function ycbcr(across: number, down: number): Promise<Buffer> {
  const { width, height } = QUARTERED;
  const all = await pixels();
  const blocks: number[] = [];
  for (let top = 0; top < height; top += down) {
    for (let left = 0; left < width; left += across) {
      const block = Array.from({ length: across * down }, (_, index) => {
        const at = (top + Math.floor(index / across)) * width + left + (index % across);
        const [red, green, blue] = all[at] ?? [0, 0, 0];
        return { luma: 0.299 * red + 0.587 * green + 0.114 * blue, red, blue };
      });
      const mean = (of: (pixel: (typeof block)[number]) => number) =>
        Math.round(128 + block.reduce((sum, pixel) => sum + of(pixel), 0) / block.length);
      blocks.push(...block.map(({ luma }) => Math.round(luma)));
      blocks.push(
        mean(({ blue, luma }) => (blue - luma) / 1.772),
        mean(({ red, luma }) => (red - luma) / 1.402),
      );
    }
  }
  return Buffer.from(blocks);
}

async function expectTwin(parts: Omit<TiffParts, 'width' | 'height'>): Promise<void> {
  const decoded = await decode(tiff({ ...QUARTERED, ...parts }));

  expect(farthest(decoded, await decode(await quarteredPng()))).to.be.at.most(3);
}

async function codeOf(parts: Omit<TiffParts, 'width' | 'height'>): Promise<string> {
  return decode(tiff({ ...QUARTERED, ...parts })).then(
    () => 'decoded',
    (error: unknown) => (error instanceof ImageError ? error.code : String(error)),
  );
}

describe('decoding TIFF gives the pixels of the PNG', () => {
  it('of three samples', async () => {
    await expectTwin({ data: Buffer.from((await pixels()).flat()) });
  });

  it('of a fourth sample that has no meaning', async () => {
    const data = Buffer.from((await pixels()).flatMap((pixel) => [...pixel, 0]));

    await expectTwin({ data, tags: { [TAG.bits]: [8, 8, 8, 8], [TAG.samples]: [4], [TAG.extra]: [0] } });
    await expectTwin({ data, tags: { [TAG.bits]: [8, 8, 8, 8], [TAG.samples]: [4] } });
  });

  it('but lays a fourth sample that is transparency on white', async () => {
    const data = Buffer.from((await pixels()).flatMap((pixel) => [...pixel, 0]));
    const tags = { [TAG.bits]: [8, 8, 8, 8], [TAG.samples]: [4], [TAG.extra]: [2] };

    const decoded = await decode(tiff({ ...QUARTERED, data, tags }));

    expect(new Set(decoded)).to.deep.equal(new Set([255]));
  });

  it('of integers of 32 bits, with and without a sign', async () => {
    const values = (await pixels()).flat().map((value) => value * 0x01010101);
    const bits = { [TAG.bits]: [32, 32, 32] };

    await expectTwin({ data: wide(values, (to, value, at) => to.writeUInt32LE(value, at)), tags: bits });
    await expectTwin({
      data: wide(values, (to, value, at) => to.writeInt32LE(value - 2 ** 31, at)),
      tags: { ...bits, [TAG.format]: [2, 2, 2] },
    });
  });

  const THUMBNAIL = { width: 1, height: 1, data: Buffer.alloc(3) };
  const PLACES: Readonly<Record<string, (picture: TiffParts) => readonly TiffParts[]>> = {
    'of the second page if the first page is a thumbnail': (picture) => [
      { ...THUMBNAIL, tags: { [TAG.subfile]: [1] } },
      picture,
    ],
    'of the second page if the first page is a thumbnail by the older tag': (picture) => [
      { ...THUMBNAIL, tags: { [TAG.oldSubfile]: [2] } },
      picture,
    ],
    'of the second page if the first page is a mask': (picture) => [
      { ...THUMBNAIL, tags: { [TAG.subfile]: [4] } },
      picture,
    ],
    'of the picture below a thumbnail': (picture) => [
      { ...THUMBNAIL, tags: { [TAG.subfile]: [1] }, subIfds: [picture] },
    ],
    'of the picture below a thumbnail, behind another thumbnail': (picture) => [
      {
        ...THUMBNAIL,
        tags: { [TAG.subfile]: [1] },
        subIfds: [{ ...THUMBNAIL, tags: { [TAG.subfile]: [1] } }, picture],
      },
    ],
    'of a page, not of the thumbnail below it': (picture) => [{ ...picture, subIfds: [THUMBNAIL] }],
  };
  for (const [name, pagesWith] of Object.entries(PLACES)) {
    it(name, async () => {
      const picture = { ...QUARTERED, data: Buffer.from((await pixels()).flat()) };

      const decoded = await decode(tiff(...pagesWith(picture)));

      expect(farthest(decoded, await decode(await quarteredPng()))).to.equal(0);
    });
  }

  it('of the picture below a thumbnail, in the orientation of the picture', async () => {
    const tags = { [TAG.orientation]: [6] };
    const picture = { ...QUARTERED, data: Buffer.from((await pixels()).flat()), tags };
    const page = { ...THUMBNAIL, tags: { [TAG.subfile]: [1] }, subIfds: [picture] };

    expect(await decode(tiff(page))).to.deep.equal(await decode(tiff(picture)));
  });

  it('of the first page if all pages are thumbnails', async () => {
    const data = Buffer.from((await pixels()).flat());
    const page = { ...QUARTERED, data, tags: { [TAG.subfile]: [1] } };
    const thumbnail = { width: 1, height: 1, data: Buffer.alloc(3), tags: { [TAG.subfile]: [1] } };

    const decoded = await decode(tiff(page, thumbnail));

    expect(farthest(decoded, await decode(await quarteredPng()))).to.equal(0);
  });

  for (const [across, down] of [
    [1, 1],
    [2, 1],
    [2, 2],
  ] as const) {
    it(`of luma and chroma without JPEG, ${across} x ${down} luma values to a chroma value`, async () => {
      const tags = { [TAG.photometric]: [6], [TAG.subsampling]: [across, down] };
      const data = await ycbcr(across, down);

      await expectTwin({ data, tags });
      await expectTwin({ data, tags, rowsPerStrip: 16, compression: 'deflate' });
    });
  }

  it('of luma and chroma in the range of video', async () => {
    const full = await ycbcr(1, 1);
    const data = full.map((value, index) =>
      Math.round(index % 3 === 0 ? 16 + (value * 219) / 255 : 128 + ((value - 128) * 112) / 127),
    );
    const tags = {
      [TAG.photometric]: [6],
      [TAG.subsampling]: [1, 1],
      [TAG.reference]: [16, 235, 128, 240, 128, 240],
    };

    await expectTwin({ data: Buffer.from(data), tags });
  });

  for (let orientation = 1; orientation <= 8; orientation += 1) {
    it(`of luma and chroma in orientation ${orientation}`, async () => {
      const tags = { [TAG.orientation]: [orientation] };
      const rgb = { ...QUARTERED, data: Buffer.from((await pixels()).flat()), tags };
      const luma = { [TAG.photometric]: [6], [TAG.subsampling]: [1, 1] };

      const twin = { ...QUARTERED, data: await ycbcr(1, 1), tags: { ...tags, ...luma } };
      // A picture that is turned is not resized, so that both have the same pixels at the borders of colours.
      const { width, height } = QUARTERED;
      const target = orientation < 5 ? TARGET : { ...TARGET, width: height, height: width };

      const decoded = await decode(tiff(twin), target);

      expect(farthest(decoded, await decode(tiff(rgb), target))).to.be.at.most(3);
    });
  }
});

describe('TIFF that is whole, and of a kind that is not read', () => {
  const kinds: Readonly<Record<string, TiffParts['tags']>> = {
    'compressed with ZSTD': { [TAG.compression]: [50_000] },
    'compressed with LZMA': { [TAG.compression]: [34_925] },
    'in CIELab': { [TAG.photometric]: [8] },
    'of five samples': { [TAG.samples]: [5], [TAG.bits]: [8, 8, 8, 8, 8] },
    'of luma and chroma with LZW': { [TAG.photometric]: [6], [TAG.compression]: [5] },
    'of luma and chroma in tiles': {
      [TAG.photometric]: [6],
      [TAG.subsampling]: [1, 1],
      [TAG.tileWidth]: [16],
      [TAG.tileHeight]: [16],
    },
    'of floats of 32 bits': { [TAG.bits]: [32, 32, 32], [TAG.format]: [3, 3, 3] },
    'of floats of 16 bits': { [TAG.bits]: [16, 16, 16], [TAG.format]: [3, 3, 3] },
    'of signed bytes': { [TAG.format]: [2, 2, 2] },
    'of signed integers of 16 bits': { [TAG.bits]: [16, 16, 16], [TAG.format]: [2, 2, 2] },
    'of 12 bits': { [TAG.bits]: [12, 12, 12] },
    'of 64 bits': { [TAG.bits]: [64, 64, 64] },
    'of 5, 6 and 5 bits': { [TAG.bits]: [5, 6, 5] },
    'of 4 bits in three samples': { [TAG.bits]: [4, 4, 4] },
    'of integers of 32 bits with transparency': {
      [TAG.bits]: [32, 32, 32, 32],
      [TAG.samples]: [4],
      [TAG.extra]: [2],
    },
    'of CMYK in integers of 32 bits': {
      [TAG.photometric]: [5],
      [TAG.samples]: [4],
      [TAG.bits]: [32, 32, 32, 32],
    },
    'in planes of tiles': { [TAG.planes]: [2], [TAG.tileWidth]: [16], [TAG.tileHeight]: [16] },
    'of grey floats': { [TAG.photometric]: [1], [TAG.samples]: [1], [TAG.bits]: [32], [TAG.format]: [3] },
  };
  it('has an unsupported format: raw data of a camera below a thumbnail', async () => {
    const raw = {
      ...QUARTERED,
      data: Buffer.alloc(QUARTERED.width * QUARTERED.height),
      tags: { [TAG.photometric]: [32_803], [TAG.samples]: [1], [TAG.bits]: [8] },
    };
    const thumbnail = {
      data: Buffer.alloc(QUARTERED.width * QUARTERED.height * 3),
      tags: { [TAG.subfile]: [1] },
      subIfds: [raw],
    };

    expect(await codeOf(thumbnail)).to.equal('unsupported-format');
  });

  for (const [name, tags = {}] of Object.entries(kinds)) {
    it(`has an unsupported format: ${name}`, async () => {
      expect(await codeOf({ data: Buffer.alloc(QUARTERED.width * QUARTERED.height * 24), tags })).to.equal(
        'unsupported-format',
      );
    });
  }
});

describe('the header of a TIFF', () => {
  it('is read in constant time, for any number of values that its tags claim to have', () => {
    const file = Buffer.concat([tiff({ ...QUARTERED, data: Buffer.alloc(0) }), Buffer.alloc(1_000_000)]);
    const entry = file.indexOf(Buffer.from([TAG.bits & 0xff, TAG.bits >> 8, 3, 0]));
    file.writeUInt32LE(400_000, entry + 4);

    expect(readTiffHeader(file).values(TAG.bits)).to.have.length(8);
  });
});
