/**
 * Fits the projection of a model on product photos, and measures it on others: which part of the ten nearest by the whole embedding are
 * among the ten nearest by the vector, and whether duplicates and products of one type and colour are found.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { flag, wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import { backboneDigest } from '@hangtag/shared/inference/backbone.js';
import { type Projection, project, projectionBytes } from '@hangtag/shared/inference/projection.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { countOf, type Examples, rowOf } from '@hangtag/shared/learning/examples.js';
import { DATA_OPTIONS } from '../learning/data-options.js';
import { writeModelFile } from '../learning/model-file.js';
import { productPhotos } from '../learning/pictures.js';
import { meanOf } from './mean.js';
import { principalAxes, type Rows } from './principal-axes.js';
import { readProducts } from './products.js';
import { hits, nearestOfEach, recall } from './retrieval.js';

const COMMAND = {
  name: 'npm run projection',
  what: 'Fits and measures the projection that makes vectors of embeddings. The data is not part of the project.',
  options: {
    ...DATA_OPTIONS,
    numbers: withDefault(wholeNumber('N', 'numbers of a vector (320)', { min: 1, max: 1_280 }), 320),
    write: flag('write the projection into the folder of the model'),
  },
} as const;

const COMPARED = [128, 256];

await runCommand(COMMAND, async ({ options }) => {
  if (!existsSync(join(options.data, 'fashion/labels.csv'))) {
    console.log(`SKIPPED: the projection: there is no fashion/labels.csv in ${options.data}`);
    return undefined;
  }
  const backbone = backboneDigest(await readManifest(options.model));
  // Embeddings of another backbone are other embeddings.
  const cache = join(options.cache, backbone.slice(0, 16));
  const { train, val } = await productPhotos({ data: options.data, cache, model: options.model });
  const mean = meanOf(train.examples);
  const axes = principalAxes(directions(train.examples, mean), options.numbers);
  const projection: Projection = { backbone, mean, axes };
  const products = (await readProducts(options.data)).filter(({ split }) => split === 'val');
  const names = {
    group: products.map(({ group }) => group),
    look: products.map(({ articleType, baseColour }) => `${articleType} ${baseColour}`),
  };
  const whole = nearestOfEach(directions(val.examples, mean));
  console.log(
    '| numbers | recall@10 of the whole % | duplicate @1, @10 % | same type and colour @1, @10 % |\n| --- | --- | --- | --- |',
  );
  printRow(`${val.examples.inputs}`, whole, { whole, names });
  for (const numbers of new Set([...COMPARED, options.numbers])) {
    if (numbers > options.numbers) continue;
    const found = nearestOfEach(projected(val.examples, cut(projection, numbers)));
    printRow(`${numbers}`, found, { whole, names });
  }
  if (options.write) await writeModelFile(options.model, 'projection', projectionBytes(projection));
  return undefined;
});

type Found = readonly (readonly number[])[];

function printRow(
  numbers: string,
  found: Found,
  { whole, names }: { readonly whole: Found; readonly names: Record<'group' | 'look', readonly string[]> },
): void {
  const percent = (share: number) => (share * 100).toFixed(1);
  const both = (of: readonly string[]) => [1, 10].map((k) => percent(hits(found, of, k))).join(', ');
  const columns = [numbers, percent(recall(found, whole)), both(names.group), both(names.look)];
  console.log(`| ${columns.join(' | ')} |`);
}

/** The directions of the embeddings from the mean, of length 1. */
function directions(examples: Examples, mean: Float32Array): Rows {
  const { inputs } = examples;
  const values = new Float32Array(examples.embeddings.length);
  for (let index = 0; index < countOf(examples); index += 1) {
    const centred = rowOf(examples, index).map((value, input) => value - (mean[input] ?? 0));
    const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0)) || 1;
    values.set(
      centred.map((value) => value / length),
      index * inputs,
    );
  }
  return { inputs, values };
}

function projected(examples: Examples, projection: Projection): Rows {
  const inputs = projection.axes.length / projection.mean.length;
  const values = new Float32Array(countOf(examples) * inputs);
  for (let index = 0; index < countOf(examples); index += 1)
    values.set(project(projection, rowOf(examples, index)), index * inputs);
  return { inputs, values };
}

function cut(projection: Projection, numbers: number): Projection {
  return { ...projection, axes: projection.axes.subarray(0, numbers * projection.mean.length) };
}
