import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import type { ClassifierPool } from '@hangtag/shared/inference/isolation/pool.js';
import { expect } from 'chai';
import { flat } from '../../fixtures/pictures.js';
import { copyOfColours } from '../../support/model-folder.js';
import { rejection } from '../../support/rejection.js';
import { until } from '../../support/until.js';

describe('the workers that serve a model', () => {
  let folder: string;
  let pool: ClassifierPool | undefined;

  beforeEach(async () => {
    folder = await copyOfColours();
  });

  afterEach(async () => {
    await pool?.close();
    pool = undefined;
  });

  const remove = (golden: string) => rm(join(folder, 'golden', golden));

  /** Starts a pool, and ends its worker after `change`: another worker replaces it. */
  async function replaceWorker(change: () => Promise<void>): Promise<ClassifierPool> {
    pool = await isolateClassifier(folder, { workers: 1 });
    const [first = 0] = pool.workerPids;
    await change();
    process.kill(first, 'SIGKILL');
    await until('another worker', () => pool?.workerPids.includes(first) === false);
    return pool;
  }

  async function categoryOf(classifier: ClassifierPool): Promise<string | undefined> {
    const { scores } = await classifier.classify(await flat('green').png().toBuffer());
    return scores[0]?.label;
  }

  it('check it on one golden picture if another worker has checked it on all of them', async () => {
    const replaced = await replaceWorker(() => remove('02.png'));

    expect(await categoryOf(replaced)).to.be.a('string');
  });

  it('refuse it if they do not find that picture as it was', async () => {
    const replaced = await replaceWorker(() => remove('01.png'));

    expect(String(await rejection(categoryOf(replaced)))).to.include('golden/01.png');
  });

  it('check it on all golden pictures if no worker has done so', async () => {
    await remove('02.png');

    expect(String(await rejection(isolateClassifier(folder, { workers: 1 })))).to.include('golden/02.png');
  });
});
