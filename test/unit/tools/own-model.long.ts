import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { type Manifest, parseManifest } from '@hangtag/shared/inference/manifest.js';
import type { EngineName } from '@hangtag/shared/inference/manifest-facts.js';
import * as tf from '@tensorflow/tfjs-core';
import * as layers from '@tensorflow/tfjs-layers';
import { expect } from 'chai';
import { COLOURS_MODEL, fromRoot } from '../../fixtures/paths.js';
import { flat } from '../../fixtures/pictures.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

interface Ran {
  readonly status: number;
  readonly output: string;
}

describe('npm run model -- add', () => {
  let folder: string;

  beforeEach(async () => {
    folder = join(temporaryDirectory(), 'My own model');
    await mkdir(folder);
  });

  function add(...flags: string[]): Promise<Ran> {
    const args = [fromRoot('tools/dist/model-command.js'), 'add', folder, ...flags];
    return new Promise((resolve) => {
      const child = execFile(process.execPath, args, (error, stdout, stderr) => {
        resolve({ status: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
      });
      child.stdin?.end();
    });
  }

  async function manifest(): Promise<Manifest> {
    return parseManifest(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')), folder);
  }

  async function labelOfGreen(engine: EngineName): Promise<string | undefined> {
    const classifier = await loadClassifier(folder, { engine });
    const { scores } = await classifier.classify(await flat('#00e000').png().toBuffer());
    await classifier.close();
    return scores[0]?.label;
  }

  it('accepts an ONNX file, with settings from the command line', async () => {
    await cp(join(COLOURS_MODEL, 'model.onnx'), join(folder, 'net.onnx'));

    const { status, output } = await add(
      '--labels',
      'red,green,blue,none',
      '--normalisation',
      'signed',
      '--fit',
      'pad',
    );

    expect(status, output).to.equal(0);
    expect(output).to.include(folder).and.to.include('HANGTAG_MODEL_DIR');
    const { id, input, preprocessing, engines, golden } = await manifest();
    expect(id).to.equal('my-own-model');
    expect(input).to.deep.equal({ name: 'input', layout: 'NCHW', width: 12, height: 16 });
    expect(preprocessing.fit).to.equal('pad');
    expect(engines).to.deep.equal({ onnx: 'net.onnx' });
    expect(golden).to.have.length(8);
    expect(await labelOfGreen('onnx')).to.equal('green');
  });

  it('gives an 8-bit network tolerances for the rounding of other processors, and a float network small ones', async () => {
    const tolerances: number[] = [];
    for (const file of ['model.int8.onnx', 'model.fp32.onnx']) {
      await cp(fromRoot(`models/fashion-mobilenetv2/${file}`), join(folder, 'net.onnx'));
      const labels = Array.from({ length: 11 }, (_, index) => `label ${index}`).join();

      const { status, output } = await add(
        '--labels',
        labels,
        '--normalisation',
        'signed',
        '--fit',
        'pad',
        '--force',
      );

      expect(status, output).to.equal(0);
      for (const { tolerance } of (await manifest()).golden) tolerances.push(tolerance['onnx'] ?? 0);
    }

    // Another normalisation changes the outputs by 0.7 and more.
    for (const tolerance of tolerances.slice(0, 8)) expect(tolerance).to.be.within(0.05, 0.6);
    expect(tolerances.slice(8)).to.deep.equal(Array.from({ length: 8 }, () => 0.001));
  });

  it('refuses labels to which no image can be corrected', async () => {
    await cp(join(COLOURS_MODEL, 'model.onnx'), join(folder, 'net.onnx'));
    await writeFile(join(folder, 'labels.txt'), 'T-shirt/top\n👗\nRöcke\nnone\n');

    const { status, output } = await add('--normalisation', 'signed', '--fit', 'pad');

    expect(status).to.equal(1);
    expect(output).to.match(/labels: expected letters, digits and .* but received \["T-shirt\/top","👗"\]/);
  });

  it('accepts a TensorFlow.js graph model, with labels.txt', async () => {
    await cp(join(COLOURS_MODEL, 'tfjs-graph'), folder, { recursive: true });
    await writeFile(join(folder, 'labels.txt'), 'red\ngreen\r\n\nblue\nnone of them\n');

    const { status, output } = await add('--normalisation', 'signed', '--fit', 'squash');

    expect(status, output).to.equal(0);
    expect((await manifest()).labels).to.deep.equal(['red', 'green', 'blue', 'none of them']);
    expect(await labelOfGreen('tfjs')).to.equal('green');
  });

  it('accepts a Teachable Machine export unchanged', async () => {
    await writeTeachableMachine(folder);

    const { status, output } = await add();

    expect(status, output).to.equal(0);
    const { labels, input, preprocessing, output: outputs } = await manifest();
    expect(labels).to.deep.equal(['Class 1', 'Class 2, other']);
    expect(input).to.include({ layout: 'NHWC', width: 32, height: 32 });
    expect(preprocessing).to.include({ fit: 'cover', colourOrder: 'rgb' });
    expect(preprocessing.offset).to.deep.equal([-1, -1, -1]);
    expect(outputs.kind).to.equal('probabilities');
  });

  it('names everything that is missing, and writes nothing', async () => {
    await cp(join(COLOURS_MODEL, 'model.onnx'), join(folder, 'net.onnx'));

    const { status, output } = await add('--labels', 'red,green,blue');

    expect(status).to.equal(1);
    expect(output).to.include('labels: expected 4, one for each number in the output logits but received 3');
    expect(output).to.include(
      'normalisation: expected --normalisation signed|unit|imagenet|bytes but received none',
    );
    expect(output).to.include('fit: expected --fit squash|cover|pad but received none');
    expect(await manifest().catch(() => 'none')).to.equal('none');
  });

  it('overwrites a manifest only on request', async () => {
    await cp(COLOURS_MODEL, folder, { recursive: true });
    const before = await manifest();

    const { status, output } = await add('--labels', 'a,b,c,d', '--normalisation', 'unit', '--fit', 'squash');

    expect(status).to.equal(2);
    expect(output).to.include('--force');
    expect(await manifest()).to.deep.equal(before);
  });

  it('requires exactly one network in the folder', async () => {
    const nothing = await add();
    await cp(join(COLOURS_MODEL, 'model.onnx'), join(folder, 'a.onnx'));
    await cp(join(COLOURS_MODEL, 'model.onnx'), join(folder, 'b.onnx'));
    const two = await add();

    expect(nothing.output).to.include('expected one .onnx file or one model.json but received none');
    expect(two.output).to.include('but received a.onnx, b.onnx');
  });
});

/**
 * Like a Teachable Machine download: features and head, two models within the model, and softmax at the end.
 */
async function writeTeachableMachine(folder: string): Promise<void> {
  const image = { inputShape: [32, 32, 3] };
  const features = layers.sequential({
    layers: [
      layers.layers.conv2d({
        ...image,
        filters: 4,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        useBias: false,
      }),
      layers.layers.batchNormalization(),
      layers.layers.reLU({ maxValue: 6 }),
      layers.layers.depthwiseConv2d({ kernelSize: 3, padding: 'same' }),
      layers.layers.globalAveragePooling2d({}),
    ],
  });
  const head = layers.sequential({
    layers: [
      layers.layers.dense({ inputShape: [4], units: 8, activation: 'relu' }),
      layers.layers.dense({ units: 2, activation: 'softmax', useBias: false }),
    ],
  });
  const model = layers.sequential({ layers: [features, head] });
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['./weights.bin'], weights: weightSpecs }];
      await writeFile(join(folder, 'model.json'), JSON.stringify({ modelTopology, weightsManifest }));
      await writeFile(join(folder, 'weights.bin'), Buffer.from(tf.io.CompositeArrayBuffer.join(weightData)));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  model.dispose();
  const metadata = {
    tfjsVersion: '1.3.1',
    tmVersion: '2.4.5',
    labels: ['Class 1', 'Class 2, other'],
    imageSize: 32,
  };
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata));
}
