import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { webpThumbnail } from '@hangtag/shared/imaging/thumbnail.js';
import { expect } from 'chai';
import { flat } from '../../fixtures/pictures.js';

describe('a thumbnail', () => {
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
