import { backgroundOf } from '@hangtag/shared/imaging/background.js';
import { decodeImage, type Target } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { expect } from 'chai';
import { flat } from '../../fixtures/pictures.js';

const TARGET = { width: 120, height: 160, kernel: 'cubic' } as const;

async function background(bytes: Uint8Array, fit: Target['fit'] = 'squash') {
  return backgroundOf(await decodeImage(bytes, { ...TARGET, fit }, DEFAULT_LIMITS), fit);
}

/** A picture of one colour, with a dark rectangle on it. */
async function picture(
  colour: string,
  inner: { width: number; height: number; gravity?: string },
): Promise<Buffer> {
  const { gravity = 'centre', ...size } = inner;
  const input = { create: { ...size, channels: 3, background: '#203040' } } as const;
  return flat(colour, { width: 300, height: 400 }).composite([{ input, gravity }]).jpeg().toBuffer();
}

describe('the background of a picture', () => {
  it('is white around a product on white', async () => {
    expect(await background(await picture('#ffffff', { width: 200, height: 300 }))).to.equal('white');
  });

  it('is white if the product reaches over one side', async () => {
    expect(
      await background(await picture('#f0f0f0', { width: 300, height: 100, gravity: 'south' })),
    ).to.equal('white');
  });

  it('is another one if it is grey or coloured', async () => {
    for (const colour of ['#d8d8d8', '#fff0d0', '#304050'])
      expect(await background(await picture(colour, { width: 100, height: 100 })), colour).to.equal('other');
  });

  it('is that of the picture itself, not of the white that fills a shape', async () => {
    const wide = await flat('#806040', { width: 600, height: 100 }).png().toBuffer();

    expect(await background(wide, 'pad')).to.equal('other');
  });
});
