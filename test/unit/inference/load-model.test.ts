import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readFile, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ModelFault as Fault, ModelError } from '@hangtag/shared/errors.js';
import { readModelRef } from '@hangtag/shared/inference/load-model.js';
import { loadClassifier } from '@hangtag/shared/inference/local-classifier.js';
import { parseManifest } from '@hangtag/shared/inference/manifest.js';
import { ENGINES, type EngineName } from '@hangtag/shared/inference/manifest-facts.js';
import { externalDataPaths } from '@hangtag/shared/inference/onnx-files.js';
import { openSession, Tensor } from '@hangtag/shared/inference/onnx-runtime.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'chai';
import { COLOURS_MODEL, fromRoot } from '../../fixtures/paths.js';
import { flat } from '../../fixtures/pictures.js';
import { coloursManifest, copyOfColours, type LooseManifest } from '../../support/model-folder.js';
import { externalWeightsNetwork } from '../../support/onnx-file.js';
import { present } from '../../support/present.js';

async function faultsOf(work: () => unknown): Promise<readonly Fault[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ModelError) return error.faults;
    throw error;
  }
  return [];
}

/** Changes the model of the folder, and its entry in the manifest. */
async function changeTfjsModel(
  folder: string,
  change: (model: { readonly weightsManifest: readonly object[] }) => void,
): Promise<void> {
  const path = join(folder, 'tfjs/model.json');
  const model = JSON.parse(await readFile(path, 'utf8'));
  change(model);
  const bytes = Buffer.from(JSON.stringify(model));
  await writeFile(path, bytes);
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'));
  const entry = manifest.files.find((file: { path: string }) => file.path === 'tfjs/model.json');
  Object.assign(entry, { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

describe('a model manifest', () => {
  async function faultsOfManifest(change: (manifest: LooseManifest) => void): Promise<readonly Fault[]> {
    const manifest = await coloursManifest();
    change(manifest);
    return faultsOf(() => parseManifest(manifest, 'here'));
  }

  it('is accepted as the fixture has it', async () => {
    expect(await faultsOfManifest(() => {})).to.deep.equal([]);
  });

  const faulty: readonly [name: string, at: string, change: (manifest: LooseManifest) => void][] = [
    ['a missing field', 'version', (manifest) => Reflect.deleteProperty(manifest, 'version')],
    ['an unknown key', 'inputs', (manifest) => Reflect.set(manifest, 'inputs', {})],
    ['no labels', 'labels', (manifest) => Reflect.set(manifest, 'labels', [])],
    ['a label twice', 'labels', (manifest) => Reflect.set(manifest, 'labels', ['red', 'green', 'red'])],
    ['another schema', 'schema', (manifest) => Reflect.set(manifest, 'schema', 2)],
    [
      'a temperature of 0',
      'calibration.temperature',
      (manifest) => Reflect.set(manifest, 'calibration', { temperature: 0 }),
    ],
    ['no engine', 'engines', (manifest) => Reflect.set(manifest, 'engines', {})],
    [
      'an engine that nobody has',
      'engines.caffe',
      (manifest) => Reflect.set(manifest, 'engines', { caffe: 'model.onnx' }),
    ],
    [
      'a file outside its folder',
      'engines.onnx',
      (manifest) => Reflect.set(manifest, 'engines', { onnx: '../model.onnx' }),
    ],
    [
      'a file that is not listed',
      'engines.onnx',
      (manifest) => Reflect.set(manifest, 'engines', { onnx: 'other.onnx' }),
    ],
    [
      'a digest with a digit too many',
      'files[0].sha256',
      (manifest) => Object.assign(Reflect.get(manifest, 'files')[0], { sha256: '0'.repeat(65) }),
    ],
    [
      'a rejection output among the labels',
      'rejection.index',
      (manifest) => Reflect.set(manifest, 'rejection', { score: 'extra-output', index: 2, threshold: 0.5 }),
    ],
    ['no golden set', 'golden', (manifest) => Reflect.set(manifest, 'golden', [])],
    [
      'golden outputs of the wrong size',
      'golden[1].outputs.tfjs',
      (manifest) => manifest.golden[1]?.outputs['tfjs']?.pop(),
    ],
    [
      'an engine without a golden tolerance',
      'golden[0].tolerance.onnx',
      (manifest) => Reflect.deleteProperty(manifest.golden[0]?.tolerance ?? {}, 'onnx'),
    ],
  ];
  for (const [name, at, change] of faulty) {
    it(`with ${name} is refused: ${at}`, async () => {
      const faults = await faultsOfManifest(change);

      expect(faults.map((fault) => fault.at)).to.include(at);
      for (const fault of faults) expect(fault).to.have.all.keys('at', 'expected', 'received');
    });
  }

  it('reports all its faults together', async () => {
    const faults = await faultsOfManifest((manifest) => {
      Reflect.set(manifest, 'id', 'Not An Id');
      Reflect.set(manifest, 'input', { name: 'input', layout: 'NCWH', width: 0, height: 16 });
      Reflect.set(manifest, 'surprise', true);
    });

    expect(faults.map(({ at }) => at).sort()).to.deep.equal([
      'id',
      'input.layout',
      'input.width',
      'surprise',
    ]);
  });
});

describe('loading a model', () => {
  let folder: string | undefined;

  afterEach(async () => {
    folder = undefined;
  });

  async function faultsOnLoad(engine: EngineName): Promise<readonly Fault[]> {
    const dir = folder ?? COLOURS_MODEL;
    return faultsOf(async () => (await loadClassifier(dir, { engine })).close());
  }

  for (const engine of ENGINES) {
    it(`passes its golden set on ${engine}, which it could fail`, async () => {
      expect(await faultsOnLoad(engine)).to.deep.equal([]);

      folder = await copyOfColours((manifest) => {
        const outputs = present(manifest.golden[2]?.outputs[engine], 'outputs of the third golden picture');
        outputs[1] = present(outputs[1], 'a second output') + 0.01;
      });
      const [fault, ...others] = await faultsOnLoad(engine);

      expect(others).to.deep.equal([]);
      expect(fault?.at).to.equal('golden/03.png, output 1');
      expect(fault?.expected).to.match(/^-3\.23\d* within 0\.0001$/);
      expect(Number(fault?.received)).to.be.closeTo(-3.247, 0.001);
    });
  }

  it('refuses weights that were changed, cut short or lost, and names each', async () => {
    folder = await copyOfColours();
    const weights = await readFile(join(folder, 'model.onnx'));
    weights[100] = (weights[100] ?? 0) ^ 1;
    await writeFile(join(folder, 'model.onnx'), weights);
    await truncate(join(folder, 'golden/02.png'), 50);
    await unlink(join(folder, 'golden/03.png'));

    const faults = await faultsOnLoad('onnx');

    expect(faults.map(({ at }) => at).sort()).to.deep.equal(['golden/02.png', 'golden/03.png', 'model.onnx']);
    expect(faults.find(({ at }) => at === 'model.onnx')?.expected).to.match(/^sha256 [0-9a-f]{64}$/);
    expect(faults.find(({ at }) => at === 'golden/03.png')?.expected).to.equal('a file');
    expect(faults.find(({ at }) => at === 'golden/02.png')).to.include({
      expected: '100 bytes',
      received: '50',
    });
  });

  it('refuses a network of another output size than the labels say', async () => {
    folder = await copyOfColours((manifest) => {
      Reflect.set(manifest, 'rejection', null);
      for (const { outputs } of manifest.golden) for (const values of Object.values(outputs)) values.pop();
    });

    expect(await faultsOnLoad('onnx')).to.deep.equal([
      { at: 'output.scores', expected: '3 outputs', received: '4' },
    ]);
  });

  it('refuses a network of another input size than the manifest says, in one line', async () => {
    folder = await copyOfColours((manifest) => {
      Object.assign(manifest, { input: { name: 'input', layout: 'NCHW', width: 24, height: 16 } });
    });

    const [fault, ...others] = await faultsOnLoad('onnx');

    expect(others).to.deep.equal([]);
    expect(fault).to.include({ at: 'input', expected: 'a network for 24 x 16 pixels' });
    expect(fault?.received).not.to.include('\n');
  });

  it('refuses names that the graph does not have', async () => {
    folder = await copyOfColours((manifest) => {
      Reflect.set(manifest, 'output', { scores: 'probabilities', kind: 'logits', embedding: 'embedding' });
    });

    expect(await faultsOnLoad('onnx')).to.deep.equal([
      { at: 'output.scores', expected: 'one of logits, embedding', received: 'probabilities' },
    ]);

    folder = await copyOfColours((manifest) => {
      Object.assign(Reflect.get(manifest, 'input'), { name: 'picture' });
      Object.assign(Reflect.get(manifest, 'output'), { embedding: 'features' });
    });
    expect(await faultsOnLoad('onnx')).to.deep.equal([
      { at: 'input.name', expected: 'one of input', received: 'picture' },
      { at: 'output.embedding', expected: 'one of logits, embedding', received: 'features' },
    ]);
  });

  it('refuses a manifest that is no JSON, and weights that are not listed', async () => {
    folder = await copyOfColours();
    await writeFile(join(folder, 'manifest.json'), '{');
    const [broken] = await faultsOnLoad('onnx');
    expect(broken?.at).to.equal('manifest.json');
    expect(broken?.expected).to.match(/^a JSON file/);
    expect(broken?.received).to.match(/JSON/);

    folder = await copyOfColours((manifest) => {
      const files: { path: string }[] = Reflect.get(manifest, 'files');
      Reflect.set(
        manifest,
        'files',
        files.filter(({ path }) => !/^tfjs\/.*bin$/.test(path)),
      );
    });
    expect(await faultsOnLoad('tfjs')).to.deep.equal([
      { at: 'tfjs/weights.bin', expected: 'an entry in files', received: 'none' },
    ]);
  });

  it('refuses files that match the manifest but are not networks', async () => {
    const nonsense = Buffer.from('hello');
    const sha256 = createHash('sha256').update(nonsense).digest('hex');
    const entries = { onnx: 'model.onnx', tfjs: 'tfjs/model.json' } as const;
    folder = await copyOfColours((manifest) => {
      const files: { path: string }[] = Reflect.get(manifest, 'files');
      for (const file of files)
        if (Object.values<string>(entries).includes(file.path))
          Object.assign(file, { sha256, bytes: nonsense.length });
    });
    for (const entry of Object.values(entries)) await writeFile(join(folder, entry), nonsense);

    for (const [engine, at] of Object.entries(entries)) {
      const [fault, ...others] = await faultsOnLoad(engine as EngineName);
      expect(others).to.deep.equal([]);
      expect(fault).to.include({ at, expected: `a network for ${engine}` });
      expect(fault?.received).to.match(/protobuf|JSON/i);
    }
  });

  it('reports a file that is no network, also if a golden picture cannot be decoded', async () => {
    const nonsense = Buffer.from('hello');
    const sha256 = createHash('sha256').update(nonsense).digest('hex');
    const replaced = ['model.onnx', 'golden/01.png'];
    folder = await copyOfColours((manifest) => {
      const files: { path: string }[] = Reflect.get(manifest, 'files');
      for (const file of files)
        if (replaced.includes(file.path)) Object.assign(file, { sha256, bytes: nonsense.length });
    });
    for (const path of replaced) await writeFile(join(folder, path), nonsense);
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);

    const faults = await faultsOnLoad('onnx');
    process.off('unhandledRejection', note);

    expect(faults.map(({ at }) => at)).to.deep.equal(['model.onnx']);
    expect(unhandled).to.deep.equal([]);
  });

  it('reads no file of weights that the manifest does not list, wherever it lies', async () => {
    for (const path of ['../../../../../../../../dev/zero', '../secret.bin', 'other.bin']) {
      folder = await copyOfColours();
      await changeTfjsModel(folder, (model) => Reflect.set(model.weightsManifest[0] ?? {}, 'paths', [path]));

      const [fault, ...others] = await faultsOnLoad('tfjs');

      expect(others).to.deep.equal([]);
      expect(fault).to.include({ expected: 'an entry in files', received: 'none' });
    }
  });

  it('reads no device in place of a file that is listed', async () => {
    folder = await copyOfColours();
    await unlink(join(folder, 'model.onnx'));
    await symlink('/dev/zero', join(folder, 'model.onnx'));

    expect(await faultsOnLoad('onnx')).to.deep.equal([
      { at: 'model.onnx', expected: 'a file', received: 'something else' },
    ]);
  });

  it('runs on the engine of the manifest unless another is asked for', async () => {
    folder = await copyOfColours((manifest) => Reflect.set(manifest, 'engines', { tfjs: 'tfjs/model.json' }));
    const classifier = await loadClassifier(folder);
    await classifier.close();

    expect(classifier.model).to.deep.equal(await readModelRef(folder, 'tfjs'));
    expect(await readModelRef(folder)).to.deep.equal(classifier.model);
    expect(await readModelRef(COLOURS_MODEL)).to.deep.equal(await readModelRef(COLOURS_MODEL, 'onnx'));
  });

  it('finds the weights of an ONNX network that lie in a file beside it', async () => {
    const weights = Buffer.alloc(3 * 4 * 4);
    for (const at of [0, 5, 10]) weights.writeFloatLE(1, at * 4);
    const network = Buffer.from(externalWeightsNetwork('model.onnx.data', weights.length));
    const files = new Map<string, Uint8Array>([
      ['net/model.onnx', network],
      ['net/model.onnx.data', weights],
    ]);

    expect(externalDataPaths('net/model.onnx', network)).to.deep.equal(['net/model.onnx.data']);
    const session = await openSession('net/model.onnx', files, {});
    const { output0 } = await session.run({ input0: new Tensor('float32', [7, 8, 9], [1, 3]) });
    await session.release();
    expect([...((output0?.data ?? []) as Float32Array)]).to.deep.equal([7, 8, 9, 0]);
  });

  it('takes nonsense for a network without such files', () => {
    expect(externalDataPaths('model.onnx', Buffer.from('hello'))).to.deep.equal([]);
    expect(externalDataPaths('model.onnx', Buffer.alloc(100, 0xff))).to.deep.equal([]);
  });

  it('joins the weights of a TensorFlow.js model that come in several files', async () => {
    const weights = readFileSync(join(COLOURS_MODEL, 'tfjs/weights.bin'));
    const parts = { 'part-1.bin': weights.subarray(0, 40), 'part-2.bin': weights.subarray(40) };
    const model = JSON.parse(readFileSync(join(COLOURS_MODEL, 'tfjs/model.json'), 'utf8'));
    model.weightsManifest[0].paths = Object.keys(parts);
    const written = new Map<string, Uint8Array>([
      ['tfjs/model.json', Buffer.from(JSON.stringify(model))],
      ...Object.entries(parts).map(([name, bytes]) => [`tfjs/${name}`, bytes] as const),
    ]);
    folder = await copyOfColours((manifest) => {
      const others = Reflect.get(manifest, 'files') as { path: string }[];
      Reflect.set(manifest, 'files', [
        ...others.filter(({ path }) => path !== 'tfjs/model.json'),
        ...[...written].map(([path, bytes]) => ({
          path,
          bytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        })),
      ]);
    });
    for (const [path, bytes] of written) await writeFile(join(folder, path), bytes);

    expect(await faultsOnLoad('tfjs'), 'the golden set passes').to.deep.equal([]);
  });

  for (const engine of ENGINES) {
    it(`identifies its weights on ${engine} without opening them`, async () => {
      const classifier = await loadClassifier(COLOURS_MODEL, { engine });
      await classifier.close();

      expect(await readModelRef(COLOURS_MODEL, engine)).to.deep.equal(classifier.model);
    });

    it(`gives no embedding on ${engine} if the manifest names none`, async () => {
      folder = await copyOfColours((manifest) =>
        Object.assign(Reflect.get(manifest, 'output'), { embedding: null }),
      );
      const classifier = await loadClassifier(folder, { engine });
      const startedAt = performance.now();

      const prediction = await classifier.classify(await flat('#00e000').png().toBuffer());
      const { scores, decodeMs, inferMs } = prediction;
      const elapsedMs = performance.now() - startedAt;
      await classifier.close();

      expect(scores[0]?.label).to.equal('green');
      expect(prediction).not.to.have.property('embedding');
      expect(decodeMs + inferMs).to.be.within(0, elapsedMs);
    });
  }

  it('refuses an engine that the model has no file for, and a folder without a manifest', async () => {
    folder = await copyOfColours((manifest) => Reflect.set(manifest, 'engines', { onnx: 'model.onnx' }));

    expect(await faultsOnLoad('tfjs')).to.deep.equal([
      { at: 'engines.tfjs', expected: 'one of onnx', received: 'tfjs' },
    ]);
    await unlink(join(folder, 'manifest.json'));
    expect((await faultsOnLoad('onnx')).map(({ at }) => at)).to.deep.equal(['manifest.json']);
  });
});

describe('the model that ships', () => {
  let classifier: Classifier;

  before(async () => {
    classifier = await loadClassifier(fromRoot('models/fashion-mobilenetv2'));
  });

  after(() => classifier.close());

  it('takes a picture with nothing in it for unknown', async () => {
    const almostWhite = await readFile(fromRoot('test/fixtures/pictures/blank-almost-white.png'));
    const transparent = await flat('rgba(0,0,0,0)', { width: 600, height: 900 }).png().toBuffer();

    for (const bytes of [almostWhite, transparent, await flat('#ffffff').jpeg().toBuffer()])
      expect(await classifier.classify(bytes)).to.include({ unknown: true });
  });

  it('still labels a golden picture', async () => {
    const golden = await readFile(fromRoot('models/fashion-mobilenetv2/golden/01.png'));

    expect(await classifier.classify(golden)).to.include({ unknown: false, damaged: false });
  });
});

describe('a loaded classifier', () => {
  const classifiers = new Map<string, Classifier>();
  let graphFolder: string;

  before(async () => {
    graphFolder = await copyOfColours((manifest) =>
      Reflect.set(manifest, 'engines', { tfjs: 'tfjs-graph/model.json' }),
    );
    for (const engine of ENGINES) classifiers.set(engine, await loadClassifier(COLOURS_MODEL, { engine }));
    classifiers.set('tfjs, graph model', await loadClassifier(graphFolder, { engine: 'tfjs' }));
  });

  after(async () => {
    for (const classifier of classifiers.values()) await classifier.close();
  });

  for (const name of [...ENGINES, 'tfjs, graph model']) {
    it(`labels on ${name}`, async () => {
      const classifier = classifiers.get(name);

      const green = await classifier?.classify(await flat('#00e000').jpeg().toBuffer());
      const black = await classifier?.classify(await flat('#000000').png().toBuffer());

      expect(green?.scores.map(({ label }) => label)[0]).to.equal('green');
      expect(green?.unknown).to.equal(false);
      expect(green?.embedding).to.have.length(3);
      expect(green?.scores.reduce((sum, { score }) => sum + score, 0)).to.be.closeTo(1, 1e-9);
      expect(black?.unknown).to.equal(true);
    });
  }

  it('names the weights that ran', () => {
    const digests = [...classifiers.values()].map(({ model }) => model.sha256);

    expect(digests[0]).to.equal(digests[1]);
    expect(new Set(digests).size, 'three kinds of weights').to.equal(3);
    const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
    const read = (path: string) => readFileSync(join(COLOURS_MODEL, path));
    expect(digests[0]).to.equal(sha256(read('model.onnx')));
    const lines = ['tfjs/model.json', 'tfjs/weights.bin'].map((path) => `${sha256(read(path))}  ${path}\n`);
    expect(digests[2], 'as sha256sum lists them').to.equal(sha256(lines.join('')));
    for (const digest of digests) expect(digest).to.match(/^[0-9a-f]{64}$/);
  });

  it('does not let ONNX Runtime report to Microsoft', () => {
    // What its reporting writes first; a session without the setting has left it by now. One of another process may have this id.
    const trace = statSync(join(tmpdir(), `mat-debug-${process.pid}.log`), { throwIfNoEntry: false });

    expect(process.env['ORT_DISABLE_TELEMETRY']).to.equal('1');
    expect(trace?.mtimeMs ?? 0).to.be.below(performance.timeOrigin);
  });

  it("keeps no listener of TensorFlow.js's that ends the process at an error", async () => {
    const classifier = await loadClassifier(COLOURS_MODEL, { engine: 'tfjs' });
    await classifier.close();

    const listeners = ['uncaughtException', 'unhandledRejection'].flatMap((event) =>
      process.rawListeners(event),
    );
    expect(listeners.map(String).filter((text) => /ExitStatus|throw reason/.test(text))).to.deep.equal([]);
  });

  it('leaves no tensor behind on TensorFlow.js', async () => {
    const image = await flat('#00e000').png().toBuffer();
    const classifier = await loadClassifier(COLOURS_MODEL, { engine: 'tfjs' });
    const loaded = tf.memory().numTensors;

    for (let i = 0; i < 10; i += 1) await classifier.classify(image);

    expect(tf.memory().numTensors).to.equal(loaded);
    await classifier.close();
    expect(tf.memory().numTensors, 'its weights go with it').to.be.below(loaded);
  });
});
