/** `npm run mutation [PART...]`: every part, or those that are named, one after the other; fails where one of them does. */
import { spawnSync } from 'node:child_process';

const PARTS = ['domain', 'settings', 'adapters', 'imaging', 'inference', 'isolation'];

const named = process.argv.slice(2);
const unknown = named.filter((part) => !PARTS.includes(part));
if (unknown.length > 0)
  throw new TypeError(`Expected parts among ${PARTS.join(', ')} but received ${unknown.join(', ')}`);

const failed = (named.length > 0 ? named : PARTS).filter((part) => {
  const { status } = spawnSync('npx', ['stryker', 'run', `test/mutation/${part}.mjs`], { stdio: 'inherit' });
  return status !== 0;
});
if (failed.length > 0) {
  console.error(`Below its score, or broken: ${failed.join(', ')}`);
  process.exitCode = 1;
}
