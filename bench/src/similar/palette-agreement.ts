/** How often the palette of a product photo has the colour that the shop names, by colour, and the processor time of a palette. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { type Colour, coloursOf, type Palette } from '@hangtag/shared/domain/palette.js';
import { type DecodedImage, decodeImage, type Target } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { pictureArea } from '@hangtag/shared/imaging/picture-area.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { paletteOf } from '@hangtag/shared/palette/palette.js';
import { DATA_OPTIONS } from '../learning/data-options.js';
import { type Product, productFolder, readProducts } from './products.js';

const COMMAND = {
  name: 'npm run palette',
  what: 'Compares the palettes of product photos with the colours that the shop names. The data is not part of the project.',
  options: DATA_OPTIONS,
} as const;

/** The shop's names, and the basic words that agree with each. Names that are no colour (Multi, Metallic) are left out. */
const AGREES: Readonly<Record<string, readonly Colour[]>> = {
  Black: ['black'],
  White: ['white'],
  Grey: ['gray'],
  Silver: ['gray', 'white'],
  Blue: ['blue'],
  'Navy Blue': ['blue'],
  Red: ['red'],
  Maroon: ['red'],
  Pink: ['pink'],
  Orange: ['orange'],
  Yellow: ['yellow'],
  Gold: ['yellow', 'brown'],
  Green: ['green'],
  Olive: ['olive', 'green'],
  Purple: ['purple', 'violet'],
  Lavender: ['purple', 'violet'],
  Brown: ['brown'],
  Beige: ['brown', 'yellow', 'white'],
  Cream: ['white', 'yellow'],
};

await runCommand(COMMAND, async ({ options }) => {
  if (!existsSync(join(options.data, 'fashion/labels.csv'))) {
    console.log(`SKIPPED: the palettes: there is no fashion/labels.csv in ${options.data}`);
    return undefined;
  }
  const { input, preprocessing } = await readManifest(options.model);
  const target: Target = { ...input, ...preprocessing };
  const pictures = await productFolder(options);
  const compared = (await readProducts(options.data)).filter(
    ({ split, baseColour }) => split === 'val' && AGREES[baseColour] !== undefined,
  );
  const results: Result[] = [];
  let processorMs = 0;
  for (const product of compared) {
    const image = await decodeImage(
      await readFile(join(pictures, `${product.id}.jpg`)),
      target,
      DEFAULT_LIMITS,
    );
    const before = process.cpuUsage();
    const palette = paletteFor(image, target);
    const { user, system } = process.cpuUsage(before);
    processorMs += (user + system) / 1_000;
    results.push(resultOf(product, palette));
  }
  print(results, processorMs);
  return undefined;
});

interface Result {
  readonly colour: string;
  readonly isMain: boolean;
  readonly isFound: boolean;
}

function paletteFor(image: DecodedImage, { fit }: Target): Palette {
  return paletteOf(image, pictureArea(image, fit));
}

function resultOf({ baseColour }: Product, palette: Palette): Result {
  const right = AGREES[baseColour] ?? [];
  const [main, ...others] = coloursOf(palette);
  const isMain = main !== undefined && right.includes(main);
  return { colour: baseColour, isMain, isFound: isMain || others.some((colour) => right.includes(colour)) };
}

function print(results: readonly Result[], processorMs: number): void {
  console.log(
    '| colour of the shop | pictures | main colour agrees % | found by it % |\n| --- | --- | --- | --- |',
  );
  for (const colour of Object.keys(AGREES))
    printRow(
      colour,
      results.filter((each) => each.colour === colour),
    );
  printRow('all', results);
  console.log(`${(processorMs / results.length).toFixed(2)} ms of processor time for a palette`);
}

function printRow(name: string, rows: readonly Result[]): void {
  const percent = (count: number) => ((count / rows.length) * 100).toFixed(1);
  const counts = [rows.filter(({ isMain }) => isMain), rows.filter(({ isFound }) => isFound)];
  console.log(`| ${name} | ${rows.length} | ${counts.map(({ length }) => percent(length)).join(' | ')} |`);
}
