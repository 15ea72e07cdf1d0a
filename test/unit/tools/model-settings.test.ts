import type { ModelError } from '@hangtag/shared/errors.js';
import type { NetworkShape } from '@hangtag/shared/inference/inspect.js';
import type { Manifest } from '@hangtag/shared/inference/manifest.js';
import { doubtsAbout } from '@hangtag/tools/model-add/add-model.js';
import type { ModelSource } from '@hangtag/tools/model-add/model-source.js';
import { chooseSettings } from '@hangtag/tools/model-add/settings.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';

const source: ModelSource = {
  dir: 'models/shop',
  engine: 'onnx',
  entry: 'net.onnx',
  files: new Map(),
  labels: ['bag', 'hat'],
  isTeachableMachine: false,
};
const flags = {
  version: '1.0.0',
  normalisation: 'unit',
  fit: 'pad',
  kernel: 'linear',
  'colour-order': 'rgb',
} as const;

function shapeWith(numbers: number): NetworkShape {
  const input = { name: 'input', layout: 'NCHW', width: 64, height: 48 } as const;
  return { input, outputs: [{ name: 'probability', size: numbers }] };
}

async function faultsOf(shape: NetworkShape, size?: string): Promise<ModelError['faults']> {
  const refused = await rejection(chooseSettings({ source, shape }, { ...flags, size }, undefined));
  return (refused as ModelError).faults;
}

describe('the settings of a model of ones own', () => {
  it('have the size that the network fixes, and refuse another one', async () => {
    expect(await chooseSettings({ source, shape: shapeWith(2) }, { ...flags }, undefined)).to.include({
      width: 64,
      height: 48,
    });
    expect(await faultsOf(shapeWith(2), '48x64')).to.deep.equal([
      { at: 'size', expected: '64x48, which the network fixes', received: '48x64' },
    ]);
  });

  it('name what to do about a network that gives one number for two labels', async () => {
    expect(await faultsOf(shapeWith(1))).to.deep.equal([
      {
        at: 'scores',
        expected: 'a number for each label (export a network for two labels with two numbers and softmax)',
        received: 'one number in the output probability',
      },
    ]);
  });
});

describe('doubts about a model that was added', () => {
  function doubts(...outputs: readonly number[][]): string {
    const golden = outputs.map((onnx) => ({ file: 'golden/01.png', outputs: { onnx }, tolerance: {} }));
    const manifest = { golden, output: { scores: 'out', kind: 'logits', embedding: null } };
    return doubtsAbout(manifest as unknown as Manifest).join('\n');
  }

  it('are none if pictures have scores of their own', () => {
    expect(doubts([0.2, -1], [3, 0.5])).to.equal('');
  });

  it('are that all pictures have the same scores', () => {
    expect(doubts([0.2, -1], [0.2, -1])).to.match(/^All golden pictures have the same scores: [^\n]+$/);
  });

  it('are that each label has a probability of its own', () => {
    expect(doubts([0.2, 0.9], [0.8, 1])).to.match(/^All scores are from 0 to 1, [^\n]+ sigmoid [^\n]+$/);
  });
});
