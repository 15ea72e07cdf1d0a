/**
 * `npm run mutation [PART...]`: runs all parts, or the given ones, one after the other. Fails if one of them fails.
 * `npm run mutation -- --since REVISION [PART...]`: only mutants of the files that changed since this revision of git.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { scriptOptions } from '../../functions/script-options.mjs';
import { lendEmulators } from '../dist/support/lent-emulators.js';
import { EMULATORS_VARIABLE } from '../dist/support/shared-emulators.js';
import { changedSince, filesByPart } from './changed-files.mjs';

const PARTS = ['domain', 'settings', 'adapters', 'cloud', 'imaging', 'inference', 'isolation'];

const USAGE = `Usage: npm run mutation -- [--since REVISION] [PART...]

Parts: ${PARTS.join(', ')}. Of files that changed since a revision of git, or of all.`;

const { values, positionals: named } = scriptOptions(USAGE, {
  options: { since: { type: 'string' } },
  allowPositionals: true,
});
const unknown = named.filter((part) => !PARTS.includes(part));
if (unknown.length > 0) {
  console.error(`Expected parts among ${PARTS.join(', ')} but received ${unknown.join(', ')}`);
  process.exit(2);
}

const parts = named.length > 0 ? named : PARTS;
const changed = values.since === undefined ? undefined : await filesByPart(parts, changedSince(values.since));
if (changed?.size === 0) console.log(`No file that is mutated has changed since ${values.since}`);

const failed = [];
for (const part of changed?.keys() ?? parts) {
  const only = changed === undefined ? [] : ['--mutate', changed.get(part).join(',')];
  const status =
    part === 'cloud' ? await withEmulators((variables) => run(part, only, variables)) : await run(part, only);
  if (status !== 0) failed.push(part);
}
if (failed.length > 0) {
  console.error(`Expected the least score of every part but these failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

async function run(part, options, variables = {}) {
  const stryker = spawn('npx', ['stryker', 'run', `test/mutation/${part}.mjs`, ...options], {
    stdio: 'inherit',
    env: { ...process.env, ...variables },
  });
  const [status] = await once(stryker, 'exit');
  return status;
}

/** All mutants use the same emulators, because starting them takes longer than the tests. */
async function withEmulators(use) {
  const lender = await lendEmulators();
  try {
    return await use({ [EMULATORS_VARIABLE]: lender.url });
  } finally {
    await lender.stop();
  }
}
