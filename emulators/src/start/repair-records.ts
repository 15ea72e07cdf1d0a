/**
 * After a stack was killed, its records lack what was written since their last save. A sweep finds that, without the waiting
 * times of a sweep in production: nothing is on its way in a stack that has just started.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Stack } from './stack.js';

const PROGRAM = fileURLToPath(new URL('sweep-program.js', import.meta.url));

export async function repairRecords(
  { env, bucket }: Pick<Stack, 'env' | 'bucket'>,
  folder: string,
): Promise<void> {
  // The embedded stack writes every change to the disk at once.
  if (env['FIRESTORE_EMULATOR_HOST'] === undefined) return;
  console.log(`The last stack on ${folder} was killed: comparing its records with the bucket ...`);
  // A process of its own, whose environment names the emulators.
  const sweep = spawn(process.execPath, [PROGRAM, bucket], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 1, 2],
  });
  const [code] = await once(sweep, 'exit');
  if (code !== 0) console.error('Not all records could be repaired. Type: npm run sweep');
}
