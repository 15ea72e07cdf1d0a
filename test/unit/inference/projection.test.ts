/** The projection of a model, which makes the vectors of records. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backboneDigest } from '@hangtag/shared/inference/backbone.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { sha256Hex } from '@hangtag/shared/inference/model-files.js';
import { parseProjection, project, projectionBytes } from '@hangtag/shared/inference/projection.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { expect } from 'chai';
import { COLOURS_MODEL, fromRoot } from '../../fixtures/paths.js';
import { flat } from '../../fixtures/pictures.js';
import { copyOfColours } from '../../support/model-folder.js';
import { rejection } from '../../support/rejection.js';

const FILE = 'projection.safetensors';
const MEAN = Float32Array.of(0.25, 0.25, 0.25);
const AXES = Float32Array.of(1, 0, 0, 0, 1, 0);

describe('A projection', () => {
  async function coloursWith(bytes: Buffer): Promise<string> {
    const folder = await copyOfColours((manifest) => {
      const files = manifest['files'] as unknown as object[];
      files.push({ path: FILE, bytes: bytes.length, sha256: sha256Hex(bytes) });
      Reflect.set(manifest, 'projection', FILE);
    });
    await writeFile(join(folder, FILE), bytes);
    return folder;
  }

  async function bytesFor(backbone?: string): Promise<Buffer> {
    const manifest = await readManifest(COLOURS_MODEL);
    return projectionBytes({ backbone: backbone ?? backboneDigest(manifest), mean: MEAN, axes: AXES });
  }

  it('is read as it was written', async () => {
    const bytes = await bytesFor('b');

    expect(parseProjection(bytes)).to.deep.equal({ backbone: 'b', mean: MEAN, axes: AXES });
  });

  it('is read at any offset in memory', async () => {
    const bytes = await bytesFor('b');
    const shifted = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);

    expect(parseProjection(shifted)).to.deep.equal({ backbone: 'b', mean: MEAN, axes: AXES });
  });

  it('gives the coordinates of the direction from the mean: their dot product is a cosine', () => {
    const projection = { backbone: 'b', mean: MEAN, axes: AXES };

    const [x = 0, y = 0] = project(projection, Float32Array.of(3.25, 0.25, 4.25));

    expect([x, y].map((value) => value.toFixed(4))).to.deep.equal(['0.6000', '0.0000']);
  });

  it('makes the vector of a picture in the worker processes, if it is asked for one', async () => {
    const bytes = await bytesFor();
    const dir = await coloursWith(bytes);
    const [here, there] = [await loadClassifier(dir), await isolateClassifier(dir, { workers: 1 })];
    const picture = await flat('green').png().toBuffer();

    const expected = await here.classify(picture, { withVector: true });
    const received = await there.classify(picture, { withVector: true });
    const plain = await there.classify(picture);
    await Promise.all([here.close(), there.close()]);

    expect(received?.vector).to.deep.equal(expected?.vector);
    expect(received?.vector?.values).to.have.length(2);
    expect(received?.vector?.backbone).to.equal(sha256Hex(bytes).slice(0, 16));
    expect(plain).not.to.have.property('vector');
  });

  it('is a part of the model that ships, and has the size of the index in firestore.indexes.json', async () => {
    const { projection = '', files } = await readManifest(fromRoot('models/fashion-mobilenetv2'));
    const { backbone, mean, axes } = parseProjection(
      await readFile(fromRoot(`models/fashion-mobilenetv2/${projection}`)),
    );
    const indexes = await readFile(fromRoot('firestore.indexes.json'), 'utf8');

    expect(files.map(({ path }) => path)).to.include(projection);
    expect(backbone).to.equal(backboneDigest(await readManifest(fromRoot('models/fashion-mobilenetv2'))));
    expect(indexes).to.include(`"dimension": ${axes.length / mean.length}`);
  });

  it('of another backbone is refused', async () => {
    const dir = await coloursWith(await bytesFor('another'));

    const refusal = await rejection(loadClassifier(dir));

    expect(String(refusal)).to.match(/projection\.safetensors: expected a projection of the backbone/);
  });
});
