import type { DecodedImage, Target } from './decoded-image.js';
import type { Size } from './limits.js';

export interface Area extends Size {
  readonly left: number;
  readonly top: number;
}

/** The part of a decoded picture that is not padding, without the pixels at its edge, which are mixed with the padding. */
export function pictureArea({ width, height, source }: DecodedImage, fit: Target['fit']): Area {
  if (fit !== 'pad') return { left: 0, top: 0, width, height };
  const scale = Math.min(width / source.width, height / source.height);
  const inner = {
    width: Math.max(1, Math.floor(source.width * scale) - 2),
    height: Math.max(1, Math.floor(source.height * scale) - 2),
  };
  return {
    ...inner,
    left: Math.floor((width - inner.width) / 2),
    top: Math.floor((height - inner.height) / 2),
  };
}
