/**
 * Repairs the records of a stack that was killed or could not save them: the writes since their last save are lost. A sweep
 * finds them. It needs none of the waiting times that it has in production, because a stack that has just started has no events in
 * transit.
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
  // The embedded stack loses nothing: it writes every change to disk immediately.
  if (env['FIRESTORE_EMULATOR_HOST'] === undefined) return;
  console.log(`The last stack on ${folder} did not save its records: comparing them with the bucket ...`);
  // In another process, because Google's clients read the emulators' addresses from the environment.
  const sweep = spawn(process.execPath, [PROGRAM, bucket], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 1, 2],
  });
  const [code] = await once(sweep, 'exit');
  if (code !== 0) console.error('Not all records could be repaired. Type: npm run sweep');
}
