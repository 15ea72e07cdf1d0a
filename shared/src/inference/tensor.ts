import type { RgbImage } from '../imaging/decode.js';
import type { Manifest } from './manifest.js';

type Layout = Manifest['input']['layout'];

/** Fills a tensor with the pixels of one picture: pure arithmetic, tabulated, since a byte has 256 values. */
export interface TensorFiller {
  readonly length: number;
  fill(tensor: Float32Array, image: Pick<RgbImage, 'pixels'>): void;
}

const CHANNELS = 3;

export function tensorFiller(
  { input, preprocessing }: Pick<Manifest, 'input' | 'preprocessing'>,
  layout: Layout,
): TensorFiller {
  const area = input.width * input.height;
  const [pixelStep, channelStep] = layout === 'NCHW' ? [1, area] : [CHANNELS, 1];
  const channels = [0, 1, 2].map((channel) => ({
    source: preprocessing.colourOrder === 'rgb' ? channel : 2 - channel,
    offset: channel * channelStep,
    values: tabulate(preprocessing.scale[channel] ?? 0, preprocessing.offset[channel] ?? 0),
  }));
  return {
    length: area * CHANNELS,
    fill(tensor, { pixels }) {
      for (const { source, offset, values } of channels) {
        let to = offset;
        for (let from = source; from < area * CHANNELS; from += CHANNELS) {
          tensor[to] = values[pixels[from] ?? 0] ?? 0;
          to += pixelStep;
        }
      }
    },
  };
}

function tabulate(scale: number, offset: number): Float32Array {
  return Float32Array.from({ length: 256 }, (_, pixel) => pixel * scale + offset);
}
