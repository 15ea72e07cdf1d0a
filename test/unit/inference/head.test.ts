import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ModelError } from '@hangtag/shared/errors.js';
import { applyHead, type Head, headBytes, parseHead } from '@hangtag/shared/inference/head.js';
import { isolateClassifier } from '@hangtag/shared/inference/isolated-classifier.js';
import { loadModel, readModelRef } from '@hangtag/shared/inference/load-model.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { ENGINES } from '@hangtag/shared/inference/manifest-facts.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { flat } from '../../fixtures/pictures.js';
import { coloursEmbeddings, coloursWithHead } from '../../support/headed-model.js';

async function inputsOfColours(): Promise<number> {
  return (await coloursEmbeddings('onnx'))[0]?.length ?? 0;
}

/** Five labels, which the network of the fixture does not have. */
async function fiveLabels(): Promise<Head> {
  const inputs = await inputsOfColours();
  const weights = Float32Array.from({ length: 5 * inputs }, (_, index) => Math.sin(index));
  return { labels: ['a', 'b', 'c', 'd', 'e'], inputs, weights, bias: Float32Array.of(0, 0.5, -0.5, 1, 0) };
}

async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ModelError) return error.message;
    throw error;
  }
  return 'no fault';
}

describe('a head', () => {
  let folder: string | undefined;

  afterEach(async () => {
    folder = undefined;
  });

  it('is written and read without a change, and the same head gives the same bytes', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(sizes, fc.string(), fc.infiniteStream(fc.float()), ([outputs, inputs], label, floats) => {
        const take = (length: number) => Float32Array.from([...floats.take(length)]);
        const head = { labels: [label], inputs, weights: take(outputs * inputs), bias: take(outputs) };
        expect(parseHead(headBytes(head))).to.deep.equal(head);
        expect(headBytes(head)).to.deep.equal(headBytes(parseHead(headBytes(head))));
      }),
    );
  });

  it('adds the weighted embedding to the bias', () => {
    const head = {
      labels: ['a', 'b'],
      inputs: 2,
      weights: Float32Array.of(1, 2, 3, 4),
      bias: Float32Array.of(10, 20),
    };
    expect([...applyHead(head, Float32Array.of(5, 6))]).to.deep.equal([27, 59]);
  });

  for (const engine of ENGINES)
    it(`replaces the scores of the network on ${engine}, and the golden set agrees`, async () => {
      folder = await coloursWithHead(await fiveLabels());
      const classifier = await loadClassifier(folder, { engine });
      const { scores } = await classifier.classify(await flat('red').png().toBuffer());
      await classifier.close();
      expect(scores.map(({ label }) => label)).to.have.members(['a', 'b', 'c', 'd', 'e']);
    });

  it('gives the same labels in the worker processes', async () => {
    folder = await coloursWithHead(await fiveLabels());
    const [here, there] = [await loadClassifier(folder), await isolateClassifier(folder, { workers: 1 })];
    const picture = await flat('green').png().toBuffer();
    const [expected, received] = [await here.classify(picture), await there.classify(picture)];
    await Promise.all([here.close(), there.close()]);
    expect(received.scores).to.deep.equal(expected.scores);
    expect(there.model).to.deep.equal(here.model);
  });

  it('is a part of the digest of the model', async () => {
    const head = await fiveLabels();
    folder = await coloursWithHead(head);
    const one = await readModelRef(folder);
    const loaded = await loadModel(folder, {});
    await loaded.close();
    folder = await coloursWithHead({ ...head, bias: Float32Array.of(9, 9, 9, 9, 9) });
    expect(loaded.ref).to.deep.equal(one);
    expect((await readModelRef(folder)).sha256).not.to.equal(one.sha256);
  });

  it('with a changed byte is refused', async () => {
    folder = await coloursWithHead(await fiveLabels());
    const path = join(folder, 'head.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 1] = 77;
    await writeFile(path, bytes);
    expect(await faultOf(loadModel(folder, {}))).to.match(/head\.safetensors: expected sha256/);
  });

  it('with other weights than those of its golden set is refused', async () => {
    const head = await fiveLabels();
    folder = await coloursWithHead(head, (manifest) => {
      for (const golden of manifest.golden) golden.outputs['onnx'] = [1, 2, 3, 4, 5];
    });
    expect(await faultOf(loadModel(folder, {}))).to.match(/golden\/01\.png, output 0: expected 1 within/);
  });

  it('for other labels than those of the manifest is refused', async () => {
    folder = await coloursWithHead(await fiveLabels(), (manifest) =>
      Reflect.set(manifest, 'labels', ['a', 'b', 'c', 'd', 'x']),
    );
    expect(await faultOf(loadModel(folder, {}))).to.match(
      /labels a, b, c, d, x but received the labels a, b, c, d, e/,
    );
  });

  it('for an embedding of another size is refused', async () => {
    const head = await fiveLabels();
    const inputs = head.inputs + 1;
    folder = await coloursWithHead({ ...head, inputs, weights: new Float32Array(5 * inputs) });
    expect(await faultOf(loadModel(folder, {}))).to.match(
      /head: expected an embedding of \d+ numbers but received \d+/,
    );
  });

  it('of a model whose manifest names no embedding is refused', async () => {
    folder = await coloursWithHead(await fiveLabels(), (manifest) => {
      Object.assign(manifest['output'] ?? {}, { embedding: null, kind: 'probabilities' });
    });
    const message = await faultOf(loadModel(folder, {}));
    expect(message).to.match(/output\.embedding: expected the output that the head reads but received null/);
    expect(message).to.match(/output\.kind: expected logits, which a head gives but received probabilities/);
  });

  it('that the manifest does not list among its files is refused', async () => {
    folder = await coloursWithHead(await fiveLabels(), (manifest) =>
      Reflect.set(manifest, 'head', 'other.safetensors'),
    );
    expect(await faultOf(loadModel(folder, {}))).to.match(/head: expected a path listed in files/);
  });

  it('that is no such file is refused', async () => {
    folder = await coloursWithHead(await fiveLabels(), (manifest) =>
      Reflect.set(manifest, 'head', 'golden/01.png'),
    );
    expect(await faultOf(loadModel(folder, {}))).to.match(/golden\/01\.png: expected a head with 5 outputs/);
  });
});
