/**
 * Which cells of a picture show the product. The background is what can be reached from the border of the picture without crossing an
 * edge, so a white shirt on white keeps its white. Where its outline has a gap, the flood enters the shirt: cells with parts of the
 * product on all four sides are therefore given back.
 */
import { distanceOf } from './oklab.js';
import { colourAt, type OklabGrid } from './oklab-grid.js';
import { groupSimilar } from './similar-cells.js';

/** Distances in OKLab from the main colour of the border: of the cells where the flood starts, and of all that it may reach. */
const START_DISTANCE = 0.06;
const REACH_DISTANCE = 0.12;
/** From one cell to the next. A larger step is an edge. */
const EDGE_DISTANCE = 0.02;

/** If less is left, the product has the colour of the background, and the whole picture is taken. */
const LEAST_SHARE = 0.06;

/** @returns the indices of the cells */
export function foregroundOf(grid: OklabGrid): readonly number[] {
  const background = floodFromBorder(grid);
  giveBackSurrounded(background, grid);
  const product = indicesOf(background, 0);
  return product.length < LEAST_SHARE * background.length ? indicesOf(background.fill(0), 0) : product;
}

function indicesOf(marks: Uint8Array, wanted: number): number[] {
  const indices: number[] = [];
  for (let index = 0; index < marks.length; index += 1) if (marks[index] === wanted) indices.push(index);
  return indices;
}

/** @returns 1 for each cell of the background */
function floodFromBorder(grid: OklabGrid): Uint8Array {
  const { width, height } = grid;
  const background = new Uint8Array(width * height);
  const border = borderOf(grid);
  const [main = colourAt(grid, 0)] = groupSimilar(grid, border);
  const reached = border.filter((cell) => distanceOf(colourAt(grid, cell), main) <= START_DISTANCE);
  for (const cell of reached) background[cell] = 1;
  const enter = (next: number, from: number) => {
    if (background[next] === 1) return;
    const there = colourAt(grid, next);
    if (distanceOf(colourAt(grid, from), there) > EDGE_DISTANCE) return;
    if (distanceOf(there, main) > REACH_DISTANCE) return;
    background[next] = 1;
    reached.push(next);
  };
  // A list that grows is walked to its end.
  for (const cell of reached) {
    const column = cell % width;
    if (column > 0) enter(cell - 1, cell);
    if (column < width - 1) enter(cell + 1, cell);
    if (cell >= width) enter(cell - width, cell);
    if (cell < width * (height - 1)) enter(cell + width, cell);
  }
  return background;
}

function borderOf({ width, height }: OklabGrid): number[] {
  const inner = new Uint8Array(width * height);
  for (let row = 1; row < height - 1; row += 1) inner.fill(1, row * width + 1, (row + 1) * width - 1);
  return indicesOf(inner, 0);
}

/** Removes the cells from the background that have the product to their left and right, above and below. */
function giveBackSurrounded(background: Uint8Array, { width, height }: OklabGrid): void {
  const sides = new Uint8Array(background.length);
  const walk = (from: number, step: number, count: number) => {
    let isBehind = false;
    for (let cell = from, left = count; left > 0; cell += step, left -= 1) {
      if (background[cell] === 0) isBehind = true;
      else if (isBehind) sides[cell] = (sides[cell] ?? 0) + 1;
    }
  };
  for (let row = 0; row < height; row += 1) {
    walk(row * width, 1, width);
    walk((row + 1) * width - 1, -1, width);
  }
  for (let column = 0; column < width; column += 1) {
    walk(column, width, height);
    walk((height - 1) * width + column, -width, height);
  }
  for (const cell of indicesOf(sides, 4)) background[cell] = 0;
}
