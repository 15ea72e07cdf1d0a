/** `npm run mutation [PART...]`: runs all parts, or the given ones, one after the other. Fails if one of them fails. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lendEmulators } from '../dist/support/lent-emulators.js';
import { EMULATORS_VARIABLE } from '../dist/support/shared-emulators.js';

const PARTS = ['domain', 'settings', 'adapters', 'cloud', 'imaging', 'inference', 'isolation'];

const named = process.argv.slice(2);
const unknown = named.filter((part) => !PARTS.includes(part));
if (unknown.length > 0)
  throw new TypeError(`Expected parts among ${PARTS.join(', ')} but received ${unknown.join(', ')}`);

const failed = [];
for (const part of named.length > 0 ? named : PARTS) {
  const status =
    part === 'cloud' ? await withEmulators((variables) => run(part, variables)) : await run(part);
  if (status !== 0) failed.push(part);
}
if (failed.length > 0) {
  console.error(`Expected the least score of every part but these failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}

async function run(part, variables = {}) {
  const stryker = spawn('npx', ['stryker', 'run', `test/mutation/${part}.mjs`], {
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
