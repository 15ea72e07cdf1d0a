import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { loadModel } from '@hangtag/shared/inference/load-model.js';
import type { EngineName } from '@hangtag/shared/inference/manifest-facts.js';
import { expect } from 'chai';
import { COLOURS_MODEL, fromRoot } from '../../fixtures/paths.js';

const MODELS = fromRoot('models');
/** Of one output: the same weights in the same precision, summed in another order. */
const WITHIN = 1e-4;

async function outputsOf(modelDir: string, engine: EngineName): Promise<readonly number[]> {
  const model = await loadModel(modelDir, { engine });
  const outputs: number[] = [];
  for (const { file } of model.manifest.golden) {
    const target = { ...model.manifest.input, ...model.manifest.preprocessing };
    const image = await decodeImage(await readFile(join(modelDir, file)), target, DEFAULT_LIMITS);
    const { scores, embedding } = await model.infer(image);
    outputs.push(...scores, ...(embedding ?? []));
  }
  await model.close();
  return outputs;
}

describe('the two engines in full precision', () => {
  const shipped = existsSync(MODELS) ? readdirSync(MODELS).map((name) => join(MODELS, name)) : [];
  const models = [COLOURS_MODEL, ...shipped.filter((dir) => existsSync(join(dir, 'manifest.json')))];
  if (models.length === 1) console.log(`SKIPPED: parity of the shipped models: ${MODELS} contains no model`);

  for (const modelDir of models) {
    it(`agree within ${WITHIN} on the golden set of ${modelDir.split('/').at(-1)}`, async () => {
      const onnx = await outputsOf(modelDir, 'onnx-fp32');
      const tfjs = await outputsOf(modelDir, 'tfjs');

      const farthest = Math.max(...onnx.map((value, index) => Math.abs(value - (tfjs[index] ?? Number.NaN))));
      expect(onnx).to.have.length(tfjs.length).and.length.above(0);
      expect(farthest).to.be.at.most(WITHIN);
    });
  }
});
