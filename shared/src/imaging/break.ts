import type { RgbImage } from './decoded-image.js';
import type { Lines } from './opened-image.js';
import type { Area } from './picture-area.js';

/**
 * Whether the colours change at a line across the picture. Wrong codes in a JPEG have this effect. It is a reason for a closer look only:
 * 1 % of 120 catalogue pictures, 13 % of 120 photographs and 15 % of 40 drawings have such a line too.
 */
export function hasBreak({ width, pixels }: RgbImage, area: Area, lines: Lines): boolean {
  const [pixel, row] = [BYTES_PER_PIXEL, width * BYTES_PER_PIXEL];
  const [along, across] = lines === 'rows' ? [pixel, row] : [row, pixel];
  const [length, count] = lines === 'rows' ? [area.width, area.height] : [area.height, area.width];
  const start = area.top * row + area.left * pixel;
  const samples = Math.ceil(length / SAMPLE_EVERY);
  for (let line = 0; line + DISTANCE < count; line += 1) {
    let changed = 0;
    for (let sample = 0; sample < samples; sample += 1) {
      const at = start + line * across + sample * SAMPLE_EVERY * along;
      if (differs(pixels, at, at + DISTANCE * across)) changed += 1;
    }
    if (changed >= samples * LEAST_CHANGED) return true;
  }
  return false;
}

const BYTES_PER_PIXEL = 3;
const SAMPLE_EVERY = 4;
/** In lines. An edge is blurred when the picture is resized. */
const DISTANCE = 2;
/** Of 0 to 255, in one channel. */
const LEAST_DIFFERENCE = 24;
const LEAST_CHANGED = 0.7;

function differs(pixels: Uint8Array, a: number, b: number): boolean {
  for (let channel = 0; channel < BYTES_PER_PIXEL; channel += 1)
    if (Math.abs((pixels[a + channel] ?? 0) - (pixels[b + channel] ?? 0)) > LEAST_DIFFERENCE) return true;
  return false;
}
