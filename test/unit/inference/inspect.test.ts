import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '@hangtag/shared/errors.js';
import { inspectNetwork } from '@hangtag/shared/inference/inspect.js';
import { startTfjs } from '@hangtag/shared/inference/tfjs-backend.js';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { COLOURS_MODEL } from '../../fixtures/paths.js';
import { identityNetwork, type OnnxInput } from '../../support/onnx-file.js';
import { rejection } from '../../support/rejection.js';

type Files = ReadonlyMap<string, Uint8Array>;

async function colours(folder: string): Promise<Files> {
  const names = (await readdir(join(COLOURS_MODEL, folder))).map((name) => join(folder, name));
  const files = names
    .filter((name) => /\.(onnx|json|bin)$/.test(name))
    .map(async (name) => [name, await readFile(join(COLOURS_MODEL, name))] as const);
  return new Map(await Promise.all(files));
}

/** The two files of a layers model with one layer and this input. */
async function modelOf(...inputShape: readonly (number | null)[]): Promise<Files> {
  const model = layers.sequential({
    layers: [layers.layers.activation({ inputShape: [...inputShape], activation: 'linear', name: 'same' })],
  });
  const files = new Map<string, Uint8Array>();
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      files.set('model.json', Buffer.from(JSON.stringify({ modelTopology, weightsManifest })));
      files.set('weights.bin', new Uint8Array());
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  model.dispose();
  return files;
}

describe('the properties of a network, read from its file', () => {
  it('are the layout, the sides and the outputs, in ONNX', async () => {
    expect(await inspectNetwork('onnx', 'model.onnx', await colours('.'))).to.deep.equal({
      input: { name: 'input', layout: 'NCHW', width: 12, height: 16 },
      outputs: [
        { name: 'logits', size: 4 },
        { name: 'embedding', size: 3 },
      ],
    });
  });

  const onnx = (...inputs: readonly OnnxInput[]) =>
    inspectNetwork('onnx', 'same.onnx', new Map([['same.onnx', identityNetwork(...inputs)]]));

  it('have open sizes if an ONNX axis has a name, and the channels by their axis', async () => {
    const axes = ['batch', 3, 'height', 24];

    expect(await onnx({ type: 'float32', axes })).to.deep.equal({
      input: { name: 'input0', layout: 'NCHW', width: 24, height: undefined },
      outputs: [{ name: 'output0', size: undefined }],
    });
    expect(await onnx({ type: 'float32', axes: [1, 32, 'width', 3] })).to.deep.equal({
      input: { name: 'input0', layout: 'NHWC', width: undefined, height: 32 },
      outputs: [{ name: 'output0', size: undefined }],
    });
  });

  const picture = [1, 3, 8, 9];
  const refused: Readonly<Record<string, readonly OnnxInput[]>> = {
    uint8: [{ type: 'uint8', axes: picture }],
    'float32, float32': [
      { type: 'float32', axes: picture },
      { type: 'float32', axes: [1] },
    ],
  };
  for (const [received, inputs] of Object.entries(refused)) {
    it(`are refused if the inputs are ${received}`, async () => {
      const fault = await rejection(onnx(...inputs));

      expect(fault).to.be.instanceOf(ModelError);
      expect(fault)
        .to.have.property('faults')
        .that.deep.equals([
          {
            at: 'input',
            expected: 'one tensor of float32 (export the network with such an input)',
            received,
          },
        ]);
    });
  }

  it('have as many numbers in an output as one picture gives, in any axes', async () => {
    const { outputs } = await onnx({ type: 'float32', axes: ['batch', 3, 1, 2] });

    expect(outputs).to.deep.equal([{ name: 'output0', size: 6 }]);
  });

  it('are refused if the network takes another number of pictures at once', async () => {
    const fault = await rejection(onnx({ type: 'float32', axes: [4, 3, 8, 9] }));

    expect(fault).to.be.instanceOf(ModelError);
    expect(String(fault)).to.include('axes of 1 x 3 x height x width').and.to.include('4 x 3 x 8 x 9');
  });

  it('are refused without a place in the source of ONNX Runtime', async () => {
    const network = identityNetwork({ type: 'float32', axes: picture });
    const [field, ...others] = network;
    const ofTheFuture = Uint8Array.from([field ?? 0, 99, ...others.slice(1)]);

    const fault = await rejection(inspectNetwork('onnx', 'new.onnx', new Map([['new.onnx', ofTheFuture]])));

    expect(String(fault)).to.match(/^Error: Unsupported model IR version: 99, .*\d$/);
  });

  before(startTfjs);

  // A graph model does not contain the size of its outputs.
  const sizes = { tfjs: [4, 3], 'tfjs-graph': [undefined, undefined] };
  for (const [folder, [logits, embedding]] of Object.entries(sizes)) {
    it(`are the same for a TensorFlow.js model (${folder}), which is freed afterwards`, async () => {
      const files = await colours(folder);
      const before = tf.memory().numTensors;

      const { input, outputs } = await inspectNetwork('tfjs', `${folder}/model.json`, files);

      expect(input).to.include({ layout: 'NHWC', width: 12, height: 16 });
      expect(outputs).to.deep.equal([
        { name: 'logits', size: logits },
        { name: 'embedding', size: embedding },
      ]);
      expect(tf.memory().numTensors).to.equal(before);
    });
  }

  it('have open sides if the network has open sides', async () => {
    const { input, outputs } = await inspectNetwork('tfjs', 'model.json', await modelOf(null, 9, 3));

    expect(input).to.include({ layout: 'NHWC', width: 9, height: undefined });
    expect(outputs.map(({ size }) => size)).to.deep.equal([undefined]);
    expect(outputs[0]?.name).to.match(/^same/);
  });

  it('have the layout by the axis of the three channels', async () => {
    const { input } = await inspectNetwork('tfjs', 'model.json', await modelOf(3, 8, 9));

    expect(input).to.include({ layout: 'NCHW', height: 8, width: 9 });
  });

  for (const shape of [[10], [8, 9, 4], [8, 3], [3, 3, 3, 3]]) {
    it(`are refused if the input is not a picture: ${shape.join(' x ')}`, async () => {
      const fault = await rejection(inspectNetwork('tfjs', 'model.json', await modelOf(...shape)));

      expect(fault).to.be.instanceOf(ModelError).and.to.include({ name: 'ModelError' });
      expect(String(fault)).to.include(
        'The model in model.json cannot be used: input: expected axes of 1 x 3 x height x width',
      );
      expect(String(fault)).to.match(new RegExp(`but received .*${shape.join(' x ')}$`));
    });
  }

  it('cannot be read from a file that is missing or not a network', async () => {
    const nonsense = new Map([['model.onnx', Buffer.from('hello')]]);

    expect(await rejection(inspectNetwork('onnx', 'model.onnx', nonsense))).to.be.instanceOf(Error);
    expect(await rejection(inspectNetwork('onnx', 'model.onnx', new Map()))).to.be.instanceOf(Error);
    expect(String(await rejection(inspectNetwork('tfjs', 'model.json', new Map())))).to.include(
      'Expected the file model.json',
    );
  });
});
