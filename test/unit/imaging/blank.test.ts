import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { isBlank } from '@hangtag/shared/imaging/blank.js';
import { decodeImage, type Target } from '@hangtag/shared/imaging/decode.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import { flat } from '../../fixtures/pictures.js';

const TARGET = { width: 120, height: 160, kernel: 'cubic' } as const;

async function isBlankPicture(bytes: Uint8Array, fit: Target['fit'] = 'squash'): Promise<boolean> {
  return isBlank(await decodeImage(bytes, { ...TARGET, fit }, DEFAULT_LIMITS), fit);
}

describe('a picture with nothing in it', () => {
  const colours = [
    '#ffffff',
    '#fefefe',
    '#000000',
    '#808080',
    '#c02020',
    'rgba(0,0,0,0)',
    'rgba(9,200,3,0.1)',
  ];
  for (const colour of colours) {
    it(`is found in ${colour}, at any size and fit`, async () => {
      for (const size of [
        { width: 1, height: 1 },
        { width: 700, height: 30 },
        { width: 900, height: 1200 },
      ]) {
        const bytes = await flat(colour, size).png().toBuffer();
        for (const fit of ['squash', 'cover', 'pad'] as const)
          expect(await isBlankPicture(bytes, fit), `${size.width} x ${size.height}, ${fit}`).to.equal(true);
      }
    });
  }

  it('is found under noise', async () => {
    const noise = { type: 'gaussian', mean: 230, sigma: 12 } as const;
    const create = { width: 600, height: 800, channels: 3, background: '#fff', noise } as const;

    expect(await isBlankPicture(await sharp({ create }).jpeg().toBuffer())).to.equal(true);
  });

  it('is not found if a light product lies on white', async () => {
    const product = { create: { width: 160, height: 200, channels: 3, background: '#eeeae6' } } as const;
    const picture = flat('#ffffff', { width: 600, height: 800 }).composite([{ input: product }]);

    expect(await isBlankPicture(await picture.jpeg().toBuffer())).to.equal(false);
  });

  it('is not found in any drawing', async () => {
    for await (const { name, bytes } of sampleImages({ count: 60, seed: 11, longestSide: 320 }))
      expect(await isBlankPicture(bytes), name).to.equal(false);
  });
});
