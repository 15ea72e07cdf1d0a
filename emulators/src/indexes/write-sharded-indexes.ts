/** `npm run indexes`: writes firestore.sharded.indexes.json from firestore.indexes.json. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../start/project-root.js';
import type { IndexFile } from './index-file.js';
import { shardedIndexes } from './sharded-indexes.js';

export const INDEX_FILE = join(PROJECT_ROOT, 'firestore.indexes.json');
export const SHARDED_INDEX_FILE = join(PROJECT_ROOT, 'firestore.sharded.indexes.json');

export async function shardedIndexText(): Promise<string> {
  const file = JSON.parse(await readFile(INDEX_FILE, 'utf8')) as IndexFile;
  return `${JSON.stringify(shardedIndexes(file), null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) await writeFile(SHARDED_INDEX_FILE, await shardedIndexText());
