/**
 * Heat maps: which parts of a picture speak for a label. The embedding is the mean of the last map of features, so the score of a label is
 * the mean over the cells of weights times features, plus a constant: class activation mapping (https://arxiv.org/abs/1512.04150).
 */
import type { HeatMap } from '../domain/record.js';
import type { RgbImage } from '../imaging/decode.js';
import { type Head, parseHead } from './head.js';
import type { Manifest } from './manifest.js';
import { readVerified } from './model-files.js';
import { withOutput } from './onnx-files.js';
import { openSession, Tensor } from './onnx-runtime.js';
import { tensorFiller } from './tensor.js';

export interface HeatMaker {
  heatOf(image: RgbImage, label: string): Promise<HeatMap | undefined>;
  close(): Promise<void>;
}

/** A map of features of one picture: channels x height x width. */
export interface FeatureMap {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** @param entry an ONNX network with an entry in `output.features`. Its last layer is in the head, or else in `knowledge` */
export async function openHeatMaker(
  modelDir: string,
  manifest: Manifest,
  entry: string,
): Promise<HeatMaker | undefined> {
  const { input, output } = manifest;
  const name = output.features?.[entry];
  const layer = manifest.head ?? manifest.knowledge;
  if (name === undefined || layer === undefined) return undefined;
  const files = await readVerified(modelDir, manifest, [entry, layer]);
  const head = parseHead(files.get(layer) ?? new Uint8Array());
  const network = withOutput(files.get(entry) ?? new Uint8Array(), name);
  const session = await openSession(entry, new Map([[entry, network]]), {
    ...{ executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 },
  });
  const filler = tensorFiller(manifest, input.layout);
  const dims =
    input.layout === 'NCHW' ? [1, 3, input.height, input.width] : [1, input.height, input.width, 3];
  return {
    async heatOf(image, label) {
      const tensor = new Float32Array(filler.length);
      filler.fill(tensor, image);
      const results = await session.run({ [input.name]: new Tensor('float32', tensor, dims) }, [name]);
      const features = results[name];
      const [, channels, height = 0, width = 0] = features?.dims ?? [];
      if (!(features?.data instanceof Float32Array) || channels !== head.inputs) return undefined;
      return heatMapOf({ width, height, values: features.data }, head, label);
    },
    close: () => session.release(),
  };
}

/** @returns undefined if the head lacks the label. Cells that speak against it have 0 */
export function heatMapOf(features: FeatureMap, head: Head, label: string): HeatMap | undefined {
  const output = head.labels.indexOf(label);
  if (output === -1) return undefined;
  const { width, height } = features;
  const sums = evidenceOf(features, head, output);
  const most = Math.max(...sums);
  const values = [...sums].map((sum) => (most > 0 ? Math.max(0, Math.round((100 * sum) / most) / 100) : 0));
  return { width, height, values };
}

/** Weights times features of each cell: their mean is the score less the bias. */
export function evidenceOf(
  { width, height, values }: FeatureMap,
  { inputs, weights }: Head,
  output: number,
): Float64Array {
  const cells = width * height;
  const sums = new Float64Array(cells);
  for (let channel = 0; channel < inputs; channel += 1) {
    const weight = weights[output * inputs + channel] ?? 0;
    for (let cell = 0; cell < cells; cell += 1)
      sums[cell] = (sums[cell] ?? 0) + weight * (values[channel * cells + cell] ?? 0);
  }
  return sums;
}
