/**
 * Fits what says how usual a picture is for a model, on product photos, and measures it: how many product photos and phone photos look
 * unlike the measured ones, before and after the model learns from corrections.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { flag } from '@hangtag/emulators/command-options.js';
import { isUnlike, UNLIKE_BELOW } from '@hangtag/shared/domain/typicality.js';
import { backboneDigest } from '@hangtag/shared/inference/backbone.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import {
  distanceTo,
  type Typicality,
  typicalityBytes,
  typicalityMaker,
  withCentres,
} from '@hangtag/shared/inference/typicality.js';
import { countOf, type Examples, rowOf, select } from '@hangtag/shared/learning/examples.js';
import { CENTRES_OF_A_LABEL, prototypesOf } from '@hangtag/shared/learning/prototypes.js';
import { meanOf } from '../similar/mean.js';
import { readProducts } from '../similar/products.js';
import { firstOfEach, splitByGroup } from './corrections.js';
import { DATA_OPTIONS } from './data-options.js';
import { writeModelFile } from './model-file.js';
import { phonePhotos, productPhotos } from './pictures.js';

const COMMAND = {
  name: 'npm run typicality',
  what: 'Fits and measures what says how usual a picture is for a model. The data is not part of the project.',
  options: { ...DATA_OPTIONS, write: flag('write the file into the folder of the model') },
} as const;

const QUANTILES = 200;
const CORRECTIONS = [20, 50, 200];

await runCommand(COMMAND, async ({ options }) => {
  if (!existsSync(join(options.data, 'fashion/labels.csv'))) {
    console.log(`SKIPPED: the typicality: there is no fashion/labels.csv in ${options.data}`);
    return undefined;
  }
  const backbone = backboneDigest(await readManifest(options.model));
  // Embeddings of another backbone are other embeddings.
  const places = {
    data: options.data,
    cache: join(options.cache, backbone.slice(0, 16)),
    model: options.model,
  };
  const [{ train, val }, phone] = [await productPhotos(places), await phonePhotos(places)];
  const [found, measured] = await halves(val.examples, options.data);
  const mean = meanOf(train.examples);
  const none = { backbone, mean, centres: new Float32Array(0) };
  const centres = prototypesOf(train.examples, CENTRES_OF_A_LABEL).embeddings;
  const fitted = withCentres({ ...none, distances: new Float32Array(0) }, centres);
  const typicality = { ...fitted, distances: quantiles(found, fitted) };
  console.log(
    `Unlike the measured pictures: a typicality below ${UNLIKE_BELOW}.\n\n| pictures | n | unlike % |\n| --- | --- | --- |`,
  );
  const { learned, tested } = splitByGroup(phone);
  printRow('product photos', measured, typicality);
  printRow('phone photos', tested.examples, typicality);
  for (const each of CORRECTIONS) {
    const corrected = firstOfEach(learned.examples, each);
    const after = withCentres(typicality, prototypesOf(corrected, CENTRES_OF_A_LABEL).embeddings);
    printRow(`phone photos, after ${each} of each label were learned`, tested.examples, after);
    printRow('product photos, then', measured, after);
  }
  if (options.write) await writeModelFile(options.model, 'typicality', typicalityBytes(typicality));
  return undefined;
});

/** Duplicates are in the same half. */
async function halves(val: Examples, data: string): Promise<readonly [Examples, Examples]> {
  const products = (await readProducts(data)).filter(({ split }) => split === 'val');
  const half = (wanted: number) =>
    select(
      val,
      [...products.keys()].filter((at) => Number(products[at]?.group) % 2 === wanted),
    );
  return [half(0), half(1)];
}

function quantiles(examples: Examples, fitted: Typicality): Float32Array {
  const distances = rowsOf(examples).map((row) => distanceTo(fitted, row));
  const falling = distances.toSorted((a, b) => b - a);
  return Float32Array.from(
    { length: QUANTILES },
    (_, at) => falling[Math.floor(((at + 0.5) / QUANTILES) * falling.length)] ?? 0,
  );
}

function printRow(what: string, examples: Examples, typicality: Typicality): void {
  const typicalityOf = typicalityMaker(typicality);
  const unlike = rowsOf(examples).filter((row) => isUnlike(typicalityOf(row))).length;
  console.log(`| ${what} | ${countOf(examples)} | ${((100 * unlike) / countOf(examples)).toFixed(1)} |`);
}

function rowsOf(examples: Examples): readonly Float32Array[] {
  return Array.from({ length: countOf(examples) }, (_, at) => rowOf(examples, at));
}
