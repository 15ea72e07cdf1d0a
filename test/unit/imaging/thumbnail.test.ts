import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { listThumbnail, webpThumbnail } from '@hangtag/shared/imaging/thumbnail.js';
import { expect } from 'chai';
import type { Sharp } from 'sharp';
import { flat } from '../../fixtures/pictures.js';

describe('a thumbnail for lists', () => {
  const sizeOf = async (picture: Sharp) => {
    const bytes = await picture.jpeg().toBuffer();
    const { width = 0, height = 0 } = await sharp(bytes).metadata();
    const upright = (await sharp(bytes).metadata()).autoOrient ?? { width, height };
    const metadata = await sharp(await listThumbnail(bytes, upright, DEFAULT_LIMITS)).metadata();
    return [metadata.format, metadata.width, metadata.height];
  };

  it('has the shape of the picture, upright, and at most 320 pixels', async () => {
    expect(await sizeOf(flat('red', { width: 640, height: 400 }))).to.deep.equal(['webp', 320, 200]);
    expect(
      await sizeOf(flat('red', { width: 640, height: 400 }).withMetadata({ orientation: 6 })),
    ).to.deep.equal(['webp', 200, 320]);
    expect(await sizeOf(flat('red', { width: 60, height: 80 })), 'small already').to.deep.equal([
      'webp',
      60,
      80,
    ]);
    expect(await sizeOf(flat('red', { width: 3_000, height: 1 })), 'a line').to.deep.equal(['webp', 320, 1]);
  });
});

describe('a thumbnail for reports', () => {
  it('is a small WebP of the whole picture, on white if the picture is not square', async () => {
    const wide = await flat('#d03020', { width: 400, height: 200 }).png().toBuffer();

    const thumbnail = await webpThumbnail(wide);

    const { data, info } = await sharp(thumbnail).raw().toBuffer({ resolveWithObject: true });
    expect((await sharp(thumbnail).metadata()).format).to.equal('webp');
    expect(thumbnail.length).to.be.below(5_000);
    expect(info).to.include({ width: 240, height: 240, channels: 3 });
    const greenAt = (x: number, y: number) => data.readUInt8((y * 240 + x) * 3 + 1);
    expect(
      [greenAt(120, 5), greenAt(120, 235)].every((green) => green > 240),
      'above and below',
    ).to.equal(true);
    expect(greenAt(5, 120), 'to the left edge').to.be.below(80);
  });
});
