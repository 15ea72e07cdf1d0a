import { type ModelFault as Fault, ModelError } from '@hangtag/shared/errors.js';
import { parseManifest } from '@hangtag/shared/inference/manifest.js';
import { expect } from 'chai';
import { coloursManifest, type LooseManifest } from '../../support/model-folder.js';

async function faultsAfter(change: (manifest: LooseManifest) => void): Promise<readonly Fault[]> {
  const manifest = await coloursManifest();
  change(manifest);
  return faultsOf(manifest);
}

function faultsOf(manifest: unknown): readonly Fault[] {
  try {
    parseManifest(manifest, 'here');
  } catch (error) {
    if (error instanceof ModelError) return error.faults;
    throw error;
  }
  return [];
}

describe('an error in a manifest', () => {
  const cases: readonly [
    name: string,
    change: (manifest: LooseManifest) => void,
    faults: readonly Fault[],
  ][] = [
    [
      'labels that repeat',
      (manifest) => Reflect.set(manifest, 'labels', ['red', 'green', 'red', 'green', 'red']),
      [{ at: 'labels', expected: 'every label once', received: 'red, green, red' }],
    ],
    [
      'no engine',
      (manifest) => Reflect.set(manifest, 'engines', {}),
      [{ at: 'engines', expected: 'at least one of onnx, onnx-fp32, tfjs', received: 'none' }],
    ],
    [
      'a rejection among the labels',
      (manifest) => Reflect.set(manifest, 'rejection', { score: 'extra-output', index: 2, threshold: 0.5 }),
      [{ at: 'rejection.index', expected: 'an output after those of the 3 labels', received: '2' }],
    ],
    [
      'curves of the calibration that are too short',
      (manifest) => {
        const curves = { scale: [1, 1], shift: [0, 0, 0] };
        Reflect.set(manifest, 'calibration', {
          temperature: 1,
          topLabel: { white: curves, other: { ...curves, scale: [1, 1, 1] } },
        });
      },
      [{ at: 'calibration.topLabel.white.scale', expected: '3 numbers', received: '2' }],
    ],
    [
      'an engine that is not listed',
      (manifest) => Reflect.set(manifest, 'engines', { onnx: 'other.onnx' }),
      [{ at: 'engines.onnx', expected: 'a path listed in files', received: 'other.onnx' }],
    ],
    [
      'a golden picture that is not listed',
      (manifest) => Reflect.set(manifest.golden[1] ?? {}, 'file', 'golden/99.png'),
      [{ at: 'golden[1].file', expected: 'a path listed in files', received: 'golden/99.png' }],
    ],
    [
      'a golden output too few',
      (manifest) => manifest.golden[1]?.outputs['tfjs']?.pop(),
      [{ at: 'golden[1].outputs.tfjs', expected: '4 numbers', received: '3' }],
    ],
    [
      'golden outputs that are missing',
      (manifest) => Reflect.deleteProperty(manifest.golden[0]?.outputs ?? {}, 'onnx'),
      [{ at: 'golden[0].outputs.onnx', expected: '4 numbers', received: 'none' }],
    ],
    [
      'a tolerance that is missing',
      (manifest) => Reflect.deleteProperty(manifest.golden[0]?.tolerance ?? {}, 'onnx'),
      [{ at: 'golden[0].tolerance.onnx', expected: 'a number', received: 'none' }],
    ],
    [
      'keys that nobody knows',
      (manifest) => Object.assign(Reflect.get(manifest, 'input'), { depth: 3, colour: 'red' }),
      [
        { at: 'input.depth', expected: 'no such key', received: 'one' },
        { at: 'input.colour', expected: 'no such key', received: 'one' },
      ],
    ],
  ];
  for (const [name, change, faults] of cases) {
    it(`is reported with the expected and the received value: ${name}`, async () => {
      const found = await faultsAfter(change);
      for (const fault of faults) expect(found).to.deep.include(fault);
    });
  }

  it('is reported with the received value and its type, shortened to one line', async () => {
    const receivedFor = async (version: unknown) =>
      (await faultsAfter((manifest) => Reflect.set(manifest, 'version', version)))[0]?.received;

    expect(await receivedFor(7)).to.equal('7 of type number');
    expect(await receivedFor(null)).to.equal('null of type object');
    expect(await receivedFor(undefined)).to.equal('nothing of type undefined');
    expect(await receivedFor(['x'.repeat(76)])).to.equal(`["${'x'.repeat(76)}"] of type object`);
    expect(await receivedFor(['x'.repeat(77)])).to.equal(`["${'x'.repeat(75)}... of type object`);
  });

  it('is a missing manifest', () => {
    const [fault] = faultsOf('text');
    expect(fault).to.include({ at: 'manifest', received: '"text" of type string' });
    expect(faultsOf(undefined)[0]?.received).to.equal('nothing of type undefined');
  });

  for (const path of [
    '/a.onnx',
    '../a.onnx',
    'a/../b.onnx',
    './a.onnx',
    'a/.',
    'a/..',
    'a b.onnx',
    'a\\b',
    '',
  ]) {
    it(`is a path that leaves its folder, or could: ${JSON.stringify(path)}`, async () => {
      const faults = await faultsAfter((manifest) => Reflect.set(manifest, 'engines', { onnx: path }));
      expect(faults).to.deep.include({
        at: 'engines.onnx',
        expected: 'a relative path inside the model folder',
        received: `${JSON.stringify(path)} of type string`,
      });
    });
  }

  it('is not reported for the other kinds of preprocessing and of rejection', async () => {
    const accepted: readonly [part: string, change: object][] = [
      ...['squash', 'cover', 'pad'].map((fit): [string, object] => ['preprocessing', { fit }]),
      ...['linear', 'cubic', 'lanczos3'].map((kernel): [string, object] => ['preprocessing', { kernel }]),
      ...['rgb', 'bgr'].map((colourOrder): [string, object] => ['preprocessing', { colourOrder }]),
      ['output', { kind: 'probabilities' }],
    ];
    for (const [part, change] of accepted) {
      const faults = await faultsAfter((manifest) => Object.assign(Reflect.get(manifest, part), change));
      expect(faults, JSON.stringify(change)).to.deep.equal([]);
    }
    for (const score of ['energy', 'max-probability']) {
      const faults = await faultsAfter((manifest) => {
        Reflect.set(manifest, 'rejection', { score, threshold: 0.5 });
        for (const { outputs } of manifest.golden) for (const values of Object.values(outputs)) values.pop();
      });
      expect(faults, score).to.deep.equal([]);
    }
  });

  it('is an id with other characters than small letters, digits, dots and hyphens', async () => {
    for (const id of ['Fashion', 'a b', 'a/', '-a', ''])
      expect((await faultsAfter((manifest) => Reflect.set(manifest, 'id', id)))[0]?.at, id).to.equal('id');
  });

  it('is neither the other layout nor a missing engine without golden outputs', async () => {
    const faults = await faultsAfter((manifest) => {
      Object.assign(Reflect.get(manifest, 'input'), { layout: 'NHWC' });
      Reflect.deleteProperty(Reflect.get(manifest, 'engines'), 'tfjs');
      for (const { outputs, tolerance } of manifest.golden) {
        Reflect.deleteProperty(outputs, 'tfjs');
        Reflect.deleteProperty(tolerance, 'tfjs');
      }
    });
    expect(faults).to.deep.equal([]);
  });
});
