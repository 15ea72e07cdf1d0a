/** Changes the size of a picture as the pipeline does: a kernel that averages when it shrinks. */
import type { RgbImage } from '@hangtag/shared/imaging/decoded-image.js';

export type Kernel = keyof typeof KERNELS;

interface KernelShape {
  /** Source pixels on each side of the centre, if the size does not change. */
  readonly radius: number;
  weight(distance: number): number;
}

const CHANNELS = 3;

const KERNELS = {
  linear: { radius: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  // Catmull-Rom.
  cubic: {
    radius: 2,
    weight: (x) => {
      const d = Math.abs(x);
      if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
      return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
    },
  },
  lanczos3: {
    radius: 3,
    weight: (x) => (x === 0 ? 1 : Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0),
  },
} as const satisfies Readonly<Record<string, KernelShape>>;

function sinc(x: number): number {
  return Math.sin(Math.PI * x) / (Math.PI * x);
}

export function resample(picture: RgbImage, width: number, height: number, kernel: Kernel): RgbImage {
  const narrow = resampleRows(picture, width, KERNELS[kernel]);
  return transposed(resampleRows(transposed(narrow), height, KERNELS[kernel]));
}

/** Each row becomes `width` pixels. */
function resampleRows(picture: RgbImage, width: number, kernel: KernelShape): RgbImage {
  if (picture.width === width) return picture;
  const taps = tapsOf(picture.width, width, kernel);
  const clamped = new Uint8ClampedArray(width * picture.height * CHANNELS);
  for (let y = 0; y < picture.height; y += 1) {
    const row = y * picture.width * CHANNELS;
    for (const [x, { first, weights }] of taps.entries()) {
      for (let channel = 0; channel < CHANNELS; channel += 1) {
        let sum = 0;
        for (const [index, weight] of weights.entries())
          sum += weight * (picture.pixels[row + (first + index) * CHANNELS + channel] ?? 0);
        clamped[(y * width + x) * CHANNELS + channel] = sum;
      }
    }
  }
  return { width, height: picture.height, pixels: new Uint8Array(clamped.buffer) };
}

interface Taps {
  /** The first source pixel that has a weight. */
  readonly first: number;
  /** They sum to 1. */
  readonly weights: readonly number[];
}

function tapsOf(from: number, to: number, { radius, weight }: KernelShape): readonly Taps[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  return Array.from({ length: to }, (_, index) => {
    const centre = (index + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - radius * stretch));
    const last = Math.min(from - 1, Math.floor(centre + radius * stretch));
    const weights = Array.from({ length: last - first + 1 }, (_each, tap) =>
      weight((first + tap - centre) / stretch),
    );
    const sum = weights.reduce((total, each) => total + each, 0);
    return { first, weights: weights.map((each) => each / sum) };
  });
}

function transposed({ width, height, pixels }: RgbImage): RgbImage {
  const turned = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let channel = 0; channel < CHANNELS; channel += 1)
        turned[(x * height + y) * CHANNELS + channel] = pixels[(y * width + x) * CHANNELS + channel] ?? 0;
  return { width: height, height: width, pixels: turned };
}
