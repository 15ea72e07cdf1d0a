/** What every bundle of the functions has. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const RUNTIME = 'nodejs24';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const SHARED = join(root, 'shared', 'dist');
const ISOLATION = join(SHARED, 'inference', 'isolation');
/** Programs that the functions start as processes or threads, by the name of their output. */
export const WORKER_ENTRIES = {
  'isolation/entry': join(ISOLATION, 'entry.js'),
  'isolation/thumbnail-entry': join(ISOLATION, 'thumbnail-entry.js'),
  'learning-thread': join(SHARED, 'learning', 'learning-thread.js'),
  'calendar-thread': join(root, 'wardrobe', 'dist', 'calendar', 'calendar-thread.js'),
};
