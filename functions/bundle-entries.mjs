/** What every bundle of the functions has. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RUNTIME = 'nodejs24';
const ISOLATION = join(
  dirname(fileURLToPath(import.meta.url)),
  '..',
  'shared',
  'dist',
  'inference',
  'isolation',
);
/** Programs that the functions start as processes, by the name of their output. */
export const WORKER_ENTRIES = {
  'isolation/entry': join(ISOLATION, 'entry.js'),
  'isolation/thumbnail-entry': join(ISOLATION, 'thumbnail-entry.js'),
};
