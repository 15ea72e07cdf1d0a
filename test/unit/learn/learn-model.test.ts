import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SampleImage, sampleImages } from '@hangtag/drawings/sample-images.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { ENGINES } from '@hangtag/shared/inference/manifest-facts.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { labelledFolders } from '@hangtag/tools/learn/labelled-folders.js';
import { learnModel } from '@hangtag/tools/learn/learn-model.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';

const SHIPPED = fromRoot('models/fashion-mobilenetv2');
/** Names that the shipped model does not have. */
const OWN_NAMES: Readonly<Record<string, string>> = { Watches: 'Clocks', Heels: 'Pumps', Handbags: 'Bags' };

describe('npm run learn', function () {
  this.timeout(240_000);
  let dir = '';
  let samples: SampleImage[] = [];

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hangtag-learn-'));
    for await (const image of sampleImages({ count: 150, seed: 77, longestSide: 300 })) samples.push(image);
    samples = samples.filter(({ category }) => OWN_NAMES[category] !== undefined);
    for (const { category, name, bytes } of samples.slice(0, 36)) {
      const folder = join(dir, 'pictures', OWN_NAMES[category] ?? '');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name.replaceAll('/', '-')), bytes);
    }
    await writeFile(join(dir, 'pictures/Clocks/broken.jpg'), 'no picture');
  });

  after(() => rm(dir, { recursive: true, force: true }));

  /** Without what it prints. */
  async function learn(out: string, from: string | undefined): Promise<string> {
    const { log } = console;
    console.log = () => {};
    try {
      const gathered = await labelledFolders(join(dir, 'pictures'));
      return await learnModel({
        gathered,
        baseDir: SHIPPED,
        min: 5,
        out: join(dir, out),
        id: undefined,
        from,
      });
    } finally {
      console.log = log;
    }
  }

  it('makes a model of folders that labels pictures it has not seen, on every engine', async () => {
    const model = await learn('own', join(dir, 'pictures'));
    for (const engine of ENGINES) {
      const classifier = await loadClassifier(model, { engine });
      const answers = await Promise.all(
        samples.slice(36).map(async ({ bytes, category }) => {
          const { scores } = await classifier.classify(bytes);
          return scores[0]?.label === OWN_NAMES[category];
        }),
      );
      await classifier.close();
      expect(answers.filter(Boolean).length).to.equal(answers.length);
    }
    const { id, labels, rejection, engines, golden } = await readManifest(model);
    expect(engines.tflite, 'the network of devices').to.equal('model.float16.tflite');
    for (const { outputs } of golden) expect(outputs.tflite).to.deep.equal(outputs['onnx-fp32']);
    expect({ id, labels }).to.deep.equal({ id: 'pictures', labels: ['Bags', 'Clocks', 'Pumps'] });
    expect(rejection?.score).to.equal('energy');
    expect(await readFile(join(model, 'README.md'), 'utf8')).to.match(
      /Labels a picture with one of: Bags, Clocks, Pumps/,
    );
    expect(existsSync(join(model, 'LICENSE-backbone.txt'))).to.equal(true);
    expect(existsSync(`${model}.partial`)).to.equal(false);
  });

  it('adds labels to those of the model that it comes from', async () => {
    const model = await learn('more', undefined);
    const { id, labels, rejection } = await readManifest(model);
    expect(id).to.equal('fashion-mobilenetv2');
    expect(labels).to.have.length(13);
    expect(labels.slice(10)).to.deep.equal(['Bags', 'Clocks', 'Pumps']);
    expect(rejection).to.deep.include({ score: 'extra-output', index: 13 });
  });

  it('does not write into a folder with other files', async () => {
    await mkdir(join(dir, 'taken'), { recursive: true });
    await writeFile(join(dir, 'taken/letter.txt'), 'mine');
    const failure = await learn('taken', join(dir, 'pictures')).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UsageError);
    expect(await readFile(join(dir, 'taken/letter.txt'), 'utf8')).to.equal('mine');
  });
});
