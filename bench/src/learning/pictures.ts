/** The data sets of the experiments, as embeddings. They are kept in a folder outside the project, since making them takes minutes. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embedPictures } from '@hangtag/shared/learning/embed-pictures.js';
import { type Examples, select } from '@hangtag/shared/learning/examples.js';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

export interface Places {
  /** The folder with `fashion` and `clothing`. */
  readonly data: string;
  /** For unpacked pictures and for embeddings. */
  readonly cache: string;
  readonly model: string;
}

export interface LabelledSet {
  readonly labels: readonly string[];
  readonly examples: Examples;
}

const rowsSchema = z.array(
  z.object({ id: z.string(), articleType: z.string(), split: z.enum(['train', 'val']) }),
);

/** Product photos at 60x80, of ten labels. */
export async function productPhotos(places: Places): Promise<Record<'train' | 'val', LabelledSet>> {
  const rows = await productRows(places);
  const { labels, examples } = await labelledProducts(rows, places, 'fashion-60x80');
  const part = (split: string) =>
    select(
      examples,
      [...rows.keys()].filter((at) => rows[at]?.split === split),
    );
  return { train: { labels, examples: part('train') }, val: { labels, examples: part('val') } };
}

/** Those of them that the shipped model was not trained on. */
export async function validationPhotos(places: Places): Promise<LabelledSet> {
  const rows = (await productRows(places)).filter(({ split }) => split === 'val');
  return labelledProducts(rows, places, 'fashion-60x80-val');
}

type ProductRow = z.infer<typeof rowsSchema>[number];

async function productRows({ data }: Places): Promise<readonly ProductRow[]> {
  return rowsSchema.parse(parse(await readFile(join(data, 'fashion/labels.csv'), 'utf8'), { columns: true }));
}

async function labelledProducts(
  rows: readonly ProductRow[],
  places: Places,
  name: string,
): Promise<LabelledSet> {
  const folder = await unpack(places, 'fashion/images-60x80.tar.gz', 'fashion');
  const paths = rows.map(({ id }) => join(folder, `${id}.jpg`));
  const all = await embeddingsOf(paths, places, name);
  const labels = [...new Set(rows.map(({ articleType }) => articleType))].sort();
  const truths = Int32Array.from(rows, ({ articleType }) => labels.indexOf(articleType));
  return { labels, examples: { ...all, labels: truths } };
}

/** Phone photos, in the folders that they come in. */
export async function phonePhotos(places: Places): Promise<LabelledSet> {
  const folder = await unpack(places, 'clothing/train-320.tar.gz', 'clothing');
  const labels = (await readdir(folder)).sort();
  const files = await Promise.all(labels.map(async (label) => (await readdir(join(folder, label))).sort()));
  const paths = files.flatMap((names, at) => names.map((name) => join(folder, labels[at] ?? '', name)));
  const all = await embeddingsOf(paths, places, 'clothing-320');
  return {
    labels,
    examples: { ...all, labels: Int32Array.from(files.flatMap((names, at) => names.map(() => at))) },
  };
}

export async function unpack(
  { data, cache }: Pick<Places, 'data' | 'cache'>,
  archive: string,
  to: string,
): Promise<string> {
  const folder = join(cache, to);
  if (existsSync(folder)) return folder;
  await mkdir(folder, { recursive: true });
  execFileSync('tar', ['xzf', join(data, archive), '-C', folder]);
  return folder;
}

async function embeddingsOf(
  paths: readonly string[],
  { cache, model }: Places,
  name: string,
): Promise<Examples> {
  const file = join(cache, `${name}.f32`);
  if (!existsSync(file)) {
    console.log(`${name}: making ${paths.length} embeddings, which takes minutes`);
    const pictures = paths.map((path) => ({ name: path, label: '', read: () => readFile(path) }));
    const { examples, leftOut } = await embedPictures(model, pictures);
    if (leftOut.length > 0)
      throw new Error(`Expected an embedding of ${leftOut[0]?.name} but received ${leftOut[0]?.reason}`);
    await writeFile(file, Buffer.from(examples.embeddings.buffer));
  }
  const bytes = await readFile(file);
  const embeddings = new Float32Array(
    bytes.buffer,
    bytes.byteOffset,
    bytes.length / Float32Array.BYTES_PER_ELEMENT,
  );
  if (embeddings.length % paths.length !== 0)
    throw new Error(`Expected embeddings of ${paths.length} pictures in ${file}: remove it`);
  return { inputs: embeddings.length / paths.length, embeddings, labels: new Int32Array(paths.length) };
}
