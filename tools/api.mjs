/**
 * `npm run api`: bundles the program if the compiled code is newer, and runs it. Most of its start would otherwise be the search
 * for its modules.
 *
 *     node --initial-old-space-size=64 tools/api.mjs [OPTION ...]
 *
 * Bodies of requests are outside the heap of V8. Without this flag, V8 collects the whole heap after every 15 to 25 pictures, which is
 * a tenth to a quarter of the processor time of this process.
 */
import { rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleModules, changedAt } from '../functions/bundle-modules.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const out = join(here, 'build');
const PROGRAM = join(out, 'api.js');
const ENTRIES = {
  api: join(here, 'dist', 'api-command.js'),
  'isolation/entry': join(root, 'shared', 'dist', 'inference', 'isolation', 'entry.js'),
};
/** Every compilation or installation makes one of these files newer than the bundle. */
const INPUTS = [
  fileURLToPath(import.meta.url),
  join(root, 'functions', 'bundle-modules.mjs'),
  join(root, 'node_modules', '.package-lock.json'),
  ...['shared', 'functions', 'emulators', 'tools'].map((folder) =>
    join(root, folder, 'tsconfig.tsbuildinfo'),
  ),
];

if (!(await isCurrent())) await make();
await import(pathToFileURL(PROGRAM).href);

async function isCurrent() {
  const [made, ...changed] = await Promise.all([PROGRAM, ...INPUTS].map(changedAt));
  return made !== undefined && changed.every((at) => at !== undefined && at <= made);
}

/** The folder is made under another name and then renamed, so that no process reads an incomplete bundle. */
async function make() {
  const next = join(here, 'dist', `api-${process.pid}`);
  try {
    await bundleModules(ENTRIES, next);
    await rm(out, { recursive: true, force: true });
    await rename(next, out);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}
