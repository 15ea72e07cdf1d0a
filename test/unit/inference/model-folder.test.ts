import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { ModelError } from '@hangtag/shared/errors.js';
import { sharp } from '@hangtag/shared/imaging/libvips.js';
import { openModelFolder } from '@hangtag/shared/inference/model-folder.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { ModelRegistry } from '@hangtag/shared/ports/model-registry.js';
import { expect } from 'chai';
import { flat } from '../../fixtures/pictures.js';
import { coloursManifest, copyOfColours, removeFolder } from '../../support/model-folder.js';
import { rejection } from '../../support/rejection.js';

describe('a registry of one model folder', () => {
  let dir: string | undefined;
  let registry: ModelRegistry | undefined;
  afterEach(async () => {
    await registry?.close();
    await removeFolder(dir);
  });

  const open = async (folder: string) => {
    registry = await openModelFolder({
      dir: folder,
      engine: 'onnx',
      workers: 1,
      settingsOf: async () => ({ policy: DEFAULT_VERDICT_POLICY }),
      clock: systemClock,
    });
    return registry;
  };

  it('labels with the model, and gives its manifest and the policy of the tenant', async () => {
    dir = await copyOfColours();
    const models = await open(dir);
    const red = await flat('#d03020').png().toBuffer();

    const { classifier, manifest, policy } = await models.resolve(DEFAULT_TENANT);
    const { scores } = await classifier.classify(red);

    expect(scores[0]?.label).to.equal('red');
    expect(manifest.labels).to.include('red');
    expect(policy).to.equal(DEFAULT_VERDICT_POLICY);
  });

  it('makes a thumbnail if it is asked for one', async () => {
    dir = await copyOfColours();
    const { classifier } = await (await open(dir)).resolve(DEFAULT_TENANT);
    const red = await flat('#d03020', { width: 640, height: 320 }).png().toBuffer();

    const { thumbnail } = await classifier.classify(red, { withThumbnail: true });

    const { format, width, height } = await sharp(thumbnail?.bytes).metadata();
    expect({ format, width, height }).to.deep.equal({ format: 'webp', width: 320, height: 160 });
    expect(await classifier.classify(red)).not.to.have.property('thumbnail');
  });

  it('loads a model again that could not be loaded, with the next use', async () => {
    dir = await copyOfColours();
    const { onnx = '' } = (await coloursManifest())['engines'] as unknown as Record<string, string>;
    const weights = join(dir, onnx);
    const bytes = await readFile(weights);
    await rm(weights);
    const models = await open(dir);
    const red = await flat('#d03020').png().toBuffer();

    const refusal = await rejection(models.ready());
    await writeFile(weights, bytes);
    await models.ready();
    const { classifier } = await models.resolve(DEFAULT_TENANT);
    const { scores } = await classifier.classify(red);

    expect(refusal).to.be.instanceOf(ModelError);
    expect(scores[0]?.label).to.equal('red');
  });

  it('closes after a model that could not be loaded', async () => {
    dir = await copyOfColours((manifest) => {
      for (const golden of manifest.golden) golden.outputs = { ...golden.outputs, onnx: [9, 9, 9, 9] };
    });
    const models = await open(dir);

    expect(await rejection(models.ready())).to.be.instanceOf(ModelError);
    await models.close();
  });
});
