/** How usual a picture is for a model: a file of its folder. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { backboneDigest } from '@hangtag/shared/inference/backbone.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { sha256Hex } from '@hangtag/shared/inference/model-files.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import {
  distanceTo,
  parseTypicality,
  typicalityBytes,
  typicalityMaker,
  withCentres,
} from '@hangtag/shared/inference/typicality.js';
import { expect } from 'chai';
import { COLOURS_MODEL, fromRoot } from '../../fixtures/paths.js';
import { flat } from '../../fixtures/pictures.js';
import { copyOfColours } from '../../support/model-folder.js';
import { rejection } from '../../support/rejection.js';

const SHIPPED = fromRoot('models/fashion-mobilenetv2');
const FILE = 'typicality.safetensors';
const TYPICALITY = {
  backbone: 'b',
  mean: Float32Array.of(0.25, 0.25, 0.25),
  centres: Float32Array.of(1, 0, 0),
  distances: Float32Array.of(1.5, 1, 0.5, 0.25),
};
const ALONG = Float32Array.of(5.25, 0.25, 0.25);
const ACROSS = Float32Array.of(0.25, 0.75, 0.25);

describe('The typicality of a model', () => {
  async function coloursWith(backbone?: string): Promise<string> {
    const digest = backboneDigest(await readManifest(COLOURS_MODEL));
    const bytes = typicalityBytes({ ...TYPICALITY, backbone: backbone ?? digest });
    const folder = await copyOfColours((manifest) => {
      const files = manifest['files'] as unknown as object[];
      files.push({ path: FILE, bytes: bytes.length, sha256: sha256Hex(bytes) });
      Reflect.set(manifest, 'typicality', FILE);
    });
    await writeFile(join(folder, FILE), bytes);
    return folder;
  }

  it('is read as it was written', () => {
    expect(parseTypicality(typicalityBytes(TYPICALITY))).to.deep.equal(TYPICALITY);
  });

  it('is 1 in the direction of a centre, whatever the length, and less across it', () => {
    const typicalityOf = typicalityMaker(TYPICALITY);

    expect([ALONG, ACROSS].map(typicalityOf)).to.deep.equal([1, 0.5]);
    expect(distanceTo(TYPICALITY, ACROSS)).to.equal(1);
  });

  it('is 1 for pictures like those that were learned', () => {
    const learned = withCentres(TYPICALITY, ACROSS);

    expect([ALONG, ACROSS].map(typicalityMaker(learned))).to.deep.equal([1, 1]);
    expect(typicalityMaker(TYPICALITY)(ACROSS), 'control').to.equal(0.5);
  });

  it('comes with the labels of a picture from the worker processes', async () => {
    const dir = await coloursWith();
    const [here, there] = [await loadClassifier(dir), await isolateClassifier(dir, { workers: 1 })];
    const plain = await loadClassifier(COLOURS_MODEL);
    const picture = await flat('red').png().toBuffer();

    const [expected, received, without] = await Promise.all(
      [here, there, plain].map((classifier) => classifier.classify(picture)),
    );
    await Promise.all([here, there, plain].map((classifier) => classifier.close()));

    expect(received?.typicality).to.equal(expected?.typicality).and.to.be.within(0, 1);
    expect(without, 'a model that does not say').not.to.have.property('typicality');
  });

  it('of another backbone is refused', async () => {
    const dir = await coloursWith('another');

    const refusal = await rejection(loadClassifier(dir));

    expect(String(refusal)).to.match(/typicality\.safetensors: expected a typicality of the backbone/);
  });

  it('is a part of the model that ships', async () => {
    const manifest = await readManifest(SHIPPED);
    const { backbone } = parseTypicality(await readFile(join(SHIPPED, manifest.typicality ?? '')));

    expect(backbone).to.equal(backboneDigest(manifest));
    expect(manifest.files.map(({ path }) => path)).to.include(manifest.typicality);
  });
});
