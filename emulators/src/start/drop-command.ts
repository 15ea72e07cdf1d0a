/** `npm run drop -- FILE|DIR ...`: puts files into the bucket of the running stack. */

import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { EXIT, type ExitStatus, runCommand } from '../command-line.js';
import { drop } from './drop.js';
import { type Picture, pictureOf, picturesIn } from './pictures.js';
import { runningStack, STACK_OPTION } from './stack-file.js';

const NO_LABELS: ReadonlySet<string> = new Set();

const COMMAND = {
  name: 'npm run drop',
  what: 'Puts files, and the pictures of folders, into the bucket of the running stack.',
  words: { value: 'FILE|DIR ...', min: 1, max: Number.POSITIVE_INFINITY },
  options: STACK_OPTION,
} as const;

await runCommand(COMMAND, ({ words, options }) => dropAll(words, options['port-base']));

async function dropAll(paths: readonly string[], port: number | undefined): Promise<ExitStatus> {
  const { bucket, env } = await runningStack(port);
  await Promise.all(paths.map(assertExists));
  const storage = storageClient({
    apiEndpoint: env['STORAGE_EMULATOR_HOST'] ?? '',
    projectId: env['GCLOUD_PROJECT'] ?? '',
  });
  let dropped = 0;
  let refused = 0;
  await drop(filesOf(paths), storage.bucket(bucket), {
    dropping: () => {
      dropped += 1;
    },
    refused: ({ name }, reason) => {
      refused += 1;
      console.error(`${JSON.stringify(name)}: ${reason}`);
    },
  });
  console.log(`Dropped ${dropped - refused} of ${dropped} files into ${bucket}.`);
  return refused === 0 ? EXIT.done : EXIT.unfinished;
}

/** Before the first upload, so that a slip in the last word does not leave half of them in the bucket. */
async function assertExists(path: string): Promise<void> {
  await stat(path).catch((cause: unknown) => {
    throw new Error(`Expected a file or folder but found none at "${path}"`, { cause });
  });
}

async function* filesOf(paths: readonly string[]): AsyncIterable<Picture> {
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) yield* picturesIn(path, NO_LABELS);
    else yield pictureOf(path, { folder: dirname(path), labels: NO_LABELS });
  }
}
