import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type SampleImage, sampleImages } from '@hangtag/drawings/sample-images.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { ENGINES } from '@hangtag/shared/inference/manifest-facts.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { type LearnProgress, learnModel } from '@hangtag/shared/learning/learn-model.js';
import { labelledFolders } from '@hangtag/tools/learn/labelled-folders.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

const SHIPPED = fromRoot('models/fashion-mobilenetv2');
/** Names that the shipped model does not have. */
const OWN_NAMES: Readonly<Record<string, string>> = { Watches: 'Clocks', Heels: 'Pumps', Handbags: 'Bags' };

describe('npm run learn', function () {
  this.timeout(240_000);
  let dir = '';
  let samples: SampleImage[] = [];

  before(async () => {
    dir = temporaryDirectory();
    for await (const image of sampleImages({ count: 150, seed: 77, longestSide: 300 })) samples.push(image);
    samples = samples.filter(({ category }) => OWN_NAMES[category] !== undefined);
    for (const { category, name, bytes } of samples.slice(0, 36)) {
      const folder = join(dir, 'pictures', OWN_NAMES[category] ?? '');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, name.replaceAll('/', '-')), bytes);
    }
    await writeFile(join(dir, 'pictures/Clocks/broken.jpg'), 'no picture');
  });

  interface Learning {
    readonly keepsLabels?: boolean;
    readonly onProgress?: (progress: LearnProgress) => void;
    readonly signal?: AbortSignal;
  }

  async function learn(
    out: string,
    { keepsLabels = false, onProgress, ...watched }: Learning = {},
  ): Promise<string> {
    const gathered = await labelledFolders(join(dir, 'pictures'));
    const request = { gathered, baseDir: SHIPPED, min: 5, out: join(dir, out), id: 'own-model', keepsLabels };
    const observer = { onNote: () => {}, onProgress: (each: LearnProgress) => onProgress?.(each) };
    return (await learnModel(request, { ...observer, ...watched })).dir;
  }

  it('makes a model of folders that labels pictures it has not seen, on every engine', async () => {
    const model = await learn('own');
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
    expect({ id, labels }).to.deep.equal({ id: 'own-model', labels: ['Bags', 'Clocks', 'Pumps'] });
    expect(rejection?.score).to.equal('energy');
    expect(await readFile(join(model, 'README.md'), 'utf8')).to.match(
      /Labels a picture with one of: Bags, Clocks, Pumps/,
    );
    expect(existsSync(join(model, 'LICENSE-backbone.txt'))).to.equal(true);
    expect(existsSync(`${model}.partial`)).to.equal(false);
  });

  it('adds labels to those of the model that it comes from, and says how far it is', async () => {
    const seen: LearnProgress[] = [];
    const onProgress = (progress: LearnProgress) => seen.push(progress);
    const model = await learn('more', { keepsLabels: true, onProgress });
    const { id, labels, rejection } = await readManifest(model);
    expect(id).to.equal('own-model');
    expect(labels).to.have.length(13);
    expect(labels.slice(10)).to.deep.equal(['Bags', 'Clocks', 'Pumps']);
    expect(rejection).to.deep.include({ score: 'extra-output', index: 13 });
    const total = 37;
    expect(seen.map(({ done }) => done)).to.deep.equal([...Array(total + 1).keys(), total]);
    expect(seen.map(({ step }) => step)).to.deep.equal([...Array(total + 1).fill('embed'), 'make']);
  });

  for (const step of ['embed', 'make'] as const) {
    it(`ends in the step ${step} if it is interrupted, and leaves no model`, async () => {
      const interruption = new AbortController();
      const reason = new Error('the time is up');
      const failure = await learn(`cut-${step}`, {
        onProgress: (progress) => {
          if (progress.step === step && progress.done > 0) setImmediate(() => interruption.abort(reason));
        },
        signal: interruption.signal,
      }).catch((error: unknown) => error);
      expect(failure).to.equal(reason);
      expect(existsSync(join(dir, `cut-${step}`))).to.equal(false);
    });
  }

  it('does not write into a folder with other files', async () => {
    await mkdir(join(dir, 'taken'), { recursive: true });
    await writeFile(join(dir, 'taken/letter.txt'), 'mine');
    const failure = await learn('taken').catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(UsageError);
    expect(await readFile(join(dir, 'taken/letter.txt'), 'utf8')).to.equal('mine');
  });
});
