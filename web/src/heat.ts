/** Draws heat maps of records: what speaks for the label stays as it is, the rest becomes dark. */
import type { HeatMap } from '@hangtag/shared/domain/record.js';

/** Of 255: how dark a cell is that does not speak for the label. */
const DARKEST = 190;

/** @returns one black pixel for each cell, RGBA: the lower its value, the more opaque */
export function shadeOf({ values }: HeatMap): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(values.flatMap((value) => [0, 0, 0, DARKEST * (1 - value)]));
}

/** Draws the shade over the whole canvas. The browser makes the values between the cells. */
export function drawShade(canvas: HTMLCanvasElement, heat: HeatMap): void {
  const cells = document.createElement('canvas');
  Object.assign(cells, { width: heat.width, height: heat.height });
  cells.getContext('2d')?.putImageData(new ImageData(shadeOf(heat), heat.width, heat.height), 0, 0);
  canvas.getContext('2d')?.drawImage(cells, 0, 0, canvas.width, canvas.height);
}
