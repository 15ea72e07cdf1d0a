import { type Kernel, resample } from '@hangtag/web/resample.js';
import { expect } from 'chai';
import sharp from 'sharp';

const [WIDTH, HEIGHT] = [64, 48];

/** A disc on a gradient. */
function picture() {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y += 1)
    for (let x = 0; x < WIDTH; x += 1) {
      const isInside = (x - 30) ** 2 + (y - 20) ** 2 < 150;
      pixels.set(isInside ? [200, 30, 90] : [x * 3, y * 5, 255 - x], (y * WIDTH + x) * 3);
    }
  return { width: WIDTH, height: HEIGHT, pixels };
}

/** Mean of the differences of all samples, of 255. */
function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, each, at) => sum + Math.abs(each - (b[at] ?? 0)), 0) / a.length;
}

describe('A picture that is resampled in the browser', () => {
  for (const kernel of ['cubic', 'linear', 'lanczos3'] as const satisfies readonly Kernel[]) {
    for (const [width, height] of [
      [24, 32],
      [40, 30],
      [96, 96],
    ] as const) {
      it(`is nearly that of the pipeline: ${kernel}, ${width} x ${height}`, async () => {
        const source = picture();
        const raw = { width: WIDTH, height: HEIGHT, channels: 3 } as const;
        const expected = await sharp(source.pixels, { raw })
          .resize(width, height, { fit: 'fill', kernel })
          .raw()
          .toBuffer();

        const { pixels } = resample(source, width, height, kernel);

        expect(pixels).to.have.length(expected.length);
        expect(meanDifference(pixels, expected)).to.be.below(2);
      });
    }
  }

  it('is the same if it has the size already', () => {
    expect(resample(picture(), WIDTH, HEIGHT, 'cubic')).to.deep.equal(picture());
  });
});
