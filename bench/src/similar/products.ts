/** The product photos of the data sets, with what the shop says of each. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { type Places, unpack } from '../learning/pictures.js';

const rowsSchema = z.array(
  z.object({
    id: z.string(),
    articleType: z.string(),
    split: z.enum(['train', 'val']),
    /** Exact and near duplicates have the same. */
    group: z.string(),
    baseColour: z.string(),
  }),
);

export type Product = z.infer<typeof rowsSchema>[number];

export async function readProducts(data: string): Promise<readonly Product[]> {
  const csv = await readFile(join(data, 'fashion/labels.csv'), 'utf8');
  return rowsSchema.parse(parse(csv, { columns: true }));
}

/** @returns the folder with `<id>.jpg`, 60x80 */
export function productFolder(places: Pick<Places, 'data' | 'cache'>): Promise<string> {
  return unpack(places, 'fashion/images-60x80.tar.gz', 'fashion');
}
