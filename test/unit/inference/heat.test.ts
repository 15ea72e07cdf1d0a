/** Heat maps: drawings in one part of a white picture, through the model that ships. */
import { drawProduct } from '@hangtag/drawings/draw-product.js';
import { heatMapOf } from '@hangtag/shared/inference/heat.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { withOutput } from '@hangtag/shared/inference/onnx-files.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import { expect } from 'chai';
import sharp from 'sharp';
import { COLOURS_MODEL, fromRoot } from '../../fixtures/paths.js';

const SHIPPED = fromRoot('models/fashion-mobilenetv2');
const PLACES = { left: [0, 120], right: [240, 120], top: [120, 0], bottom: [120, 320] } as const;

/** A watch in a white picture. */
async function watchAt(left: number, top: number): Promise<Uint8Array> {
  const svg = drawProduct({ category: 'Watches', seed: '5', width: 240, height: 320 });
  const input = await sharp(Buffer.from(svg)).resize(240, 320).png().toBuffer();
  const canvas = { width: 480, height: 640, channels: 3, background: 'white' } as const;
  return sharp({ create: canvas }).composite([{ input, left, top }]).png().toBuffer();
}

describe('A heat map', () => {
  const classifiers: Classifier[] = [];
  const opened = async (dir: string, engine?: 'onnx-fp32') => {
    const classifier = await loadClassifier(dir, { engine });
    classifiers.push(classifier);
    return classifier;
  };

  after(() => Promise.all(classifiers.map((classifier) => classifier.close())));

  for (const engine of [undefined, 'onnx-fp32'] as const)
    it(`is warm where the product is, with ${engine ?? 'the default engine'}`, async () => {
      const classifier = await opened(SHIPPED, engine);
      const centres: Record<string, readonly [number, number]> = {};
      for (const [place, [left, top]] of Object.entries(PLACES)) {
        const { heat } = await classifier.classify(await watchAt(left, top), { withHeat: true });
        const { width = 0, height = 0, values = [] } = heat ?? {};
        expect([width, height, values.length, Math.max(...values)]).to.deep.equal([4, 5, 20, 1]);
        const sum = values.reduce((all, value) => all + value, 0);
        const mean = (of: (cell: number) => number) =>
          values.reduce((all, value, cell) => all + value * (of(cell) + 0.5), 0) / sum;
        centres[place] = [
          mean((cell) => cell % width) / width,
          mean((cell) => Math.floor(cell / width)) / height,
        ];
      }

      const { left = [1, 1], right = [0, 0], top = [1, 1], bottom = [0, 0] } = centres;
      expect(left[0]).to.be.below(0.5);
      expect(right[0]).to.be.above(0.5);
      expect(top[1]).to.be.below(0.5);
      expect(bottom[1]).to.be.above(0.5);
    });

  it('changes no score, and is made only if it is asked for and the model has a map of features', async () => {
    const [classifier, colours] = [await opened(SHIPPED), await opened(COLOURS_MODEL)];
    const picture = await watchAt(120, 120);

    const plain = await classifier.classify(picture);
    const { scores, heat } = await classifier.classify(picture, { withHeat: true });

    expect(scores).to.deep.equal(plain.scores);
    expect([plain.heat, heat?.values.length]).to.deep.equal([undefined, 20]);
    expect((await colours.classify(picture, { withHeat: true })).heat).to.equal(undefined);
  });

  it('has what speaks for the label, and 0 where something speaks against it', () => {
    const head = {
      ...{ labels: ['bag', 'hat'], inputs: 2 },
      weights: Float32Array.of(1, -1, 0, 0),
      bias: Float32Array.of(5, 5),
    };
    const features = { width: 2, height: 1, values: Float32Array.of(4, 0, 0, 3) };

    expect(heatMapOf(features, head, 'bag')).to.deep.equal({ width: 2, height: 1, values: [1, 0] });
    expect(heatMapOf(features, head, 'hat')).to.deep.equal({ width: 2, height: 1, values: [0, 0] });
    expect(heatMapOf(features, head, 'shoe')).to.equal(undefined);
  });

  it('asks the network for one more output, which is appended to its bytes', () => {
    expect(withOutput(new Uint8Array(100), 'features')).to.have.length(100 + 20);
    expect(withOutput(new Uint8Array(0), 'f'.repeat(300)).length).to.be.above(300);
  });
});
