import { CATEGORIES, drawProduct } from '@hangtag/drawings/draw-product.js';
import { type SampleImage, sampleImages } from '@hangtag/drawings/sample-images.js';
import { expect } from 'chai';
import sharp from 'sharp';

async function samples(options: { count: number; seed: number }): Promise<SampleImage[]> {
  const images = [];
  for await (const image of sampleImages({ ...options, longestSide: 200 })) images.push(image);
  return images;
}

describe('product drawings', () => {
  it('are the same bytes for the same seed, and different bytes for another', async () => {
    const [first, again, other] = await Promise.all([
      samples({ count: 12, seed: 3 }),
      samples({ count: 12, seed: 3 }),
      samples({ count: 12, seed: 4 }),
    ]);

    expect(again).to.deep.equal(first);
    expect(other).to.not.deep.equal(first);
  });

  it('do not depend on the number of drawings', async () => {
    const few = await samples({ count: 10, seed: 3 });
    const many = await samples({ count: 20, seed: 3 });

    expect(many.slice(0, 10)).to.deep.equal(few);
  });

  it('contain each of the ten categories once in every ten', async () => {
    const images = await samples({ count: 30, seed: 8 });

    expect(CATEGORIES).to.have.length(10);
    for (const start of [0, 10, 20]) {
      const categories = images.slice(start, start + 10).map(({ category }) => category);
      expect(categories).to.have.members([...CATEGORIES]);
    }
  });

  it('have names that say nothing about the category', async () => {
    const images = await samples({ count: 20, seed: 5 });

    const names = images.map(({ name }) => name.replace(/\.\w+$/, ''));
    expect(names).to.deep.equal(images.map((_, index) => `sample-${String(index + 1).padStart(4, '0')}`));
  });

  it('match their content type, stay within the longest side, and are mostly JPEG', async () => {
    const images = await samples({ count: 60, seed: 9 });

    const formats = await Promise.all(
      images.map(async ({ bytes, contentType }) => {
        const { format, width, height } = await sharp(bytes).metadata();
        expect(contentType).to.equal(`image/${format}`);
        expect(Math.max(width, height)).to.be.within(1, 200);
        return format;
      }),
    );
    const jpegs = formats.filter((format) => format === 'jpeg').length;
    expect(jpegs).to.be.greaterThan(30);
    expect(new Set(formats)).to.deep.equal(new Set(['jpeg', 'png', 'webp']));
  });

  for (const category of CATEGORIES) {
    it(`show ${category} as more than a plain background, up to 1800x2400`, async () => {
      const svg = drawProduct({ category, seed: 'any', width: 1800, height: 2400 });

      const { width, height } = await sharp(Buffer.from(svg)).metadata();
      const { channels } = await sharp(Buffer.from(svg)).resize(60, 80).stats();
      expect([width, height]).to.deep.equal([1800, 2400]);
      expect(Math.max(...channels.map(({ stdev }) => stdev))).to.be.greaterThan(8);
    });
  }
});
