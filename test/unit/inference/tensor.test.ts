import { parseManifest } from '@hangtag/shared/inference/manifest.js';
import { tensorFiller } from '@hangtag/shared/inference/tensor.js';
import { isGraphModel } from '@hangtag/shared/inference/tfjs-files.js';
import { expect } from 'chai';
import { coloursManifest } from '../../support/model-folder.js';

describe('the tensor of a picture', () => {
  const image = { width: 2, height: 1, pixels: Uint8Array.of(1, 2, 3, 4, 5, 6) };

  async function tensorOf(layout: 'NCHW' | 'NHWC', colourOrder: 'rgb' | 'bgr'): Promise<readonly number[]> {
    const { input, preprocessing, ...rest } = parseManifest(await coloursManifest(), 'here');
    const prepared = { ...preprocessing, colourOrder };
    const filler = tensorFiller(
      {
        ...rest,
        input: { ...input, width: 2, height: 1 },
        preprocessing: { ...prepared, scale: [1, 2, 4], offset: [0, 0, 100] },
      },
      layout,
    );
    const tensor = new Float32Array(filler.length + 1);
    filler.fill(tensor, image);
    return [...tensor];
  }

  it('has each colour with its own scale and offset, and ends after the last one', async () => {
    expect(await tensorOf('NHWC', 'rgb')).to.deep.equal([1, 4, 112, 4, 10, 124, 0]);
  });

  it('has separate planes of the colours if the network needs them', async () => {
    expect(await tensorOf('NCHW', 'rgb')).to.deep.equal([1, 4, 4, 10, 112, 124, 0]);
  });

  it('has the colours in the order of the network', async () => {
    expect(await tensorOf('NHWC', 'bgr')).to.deep.equal([3, 4, 104, 6, 10, 116, 0]);
  });
});

describe('a TensorFlow.js model', () => {
  it('is a graph if its format is a graph, or if it has nodes', () => {
    const weightsManifest: never[] = [];
    expect(isGraphModel({ format: 'graph-model', modelTopology: {}, weightsManifest })).to.equal(true);
    expect(isGraphModel({ modelTopology: { node: [] }, weightsManifest })).to.equal(true);
    expect(isGraphModel({ format: 'layers-model', modelTopology: {}, weightsManifest })).to.equal(false);
  });
});
