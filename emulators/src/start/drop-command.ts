/** `npm run drop -- FILE|DIR ...`: puts files into the bucket of a running stack. */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '@hangtag/shared/errors.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { EXIT, type ExitStatus, runCommand } from '../command-line.js';
import { visible } from '../visible.js';
import { DropQueue } from './drop-queue.js';
import { leftOutLines } from './inbox.js';
import { isFault, type LeftOut, openFile, type Picture, pictureOf, walk } from './pictures.js';
import { runningStack, STACK_OPTION } from './stack-file.js';

const NO_LABELS: ReadonlySet<string> = new Set();

const COMMAND = {
  name: 'npm run drop',
  what: `Puts files, and the files of folders, into the bucket of the running stack.
Exit code 0: all were uploaded. 1: some were not; each is named. 2: wrong usage.`,
  words: { value: 'FILE|DIR ...', min: 1, max: Number.POSITIVE_INFINITY },
  options: STACK_OPTION,
} as const;

await runCommand(COMMAND, ({ words, options }) => dropAll(words, options['port-base']));

async function dropAll(paths: readonly string[], port: number | undefined): Promise<ExitStatus> {
  // Before the first upload, so that a mistake in the last path does not leave half of the files in the bucket.
  await Promise.all(paths.map(assertExists));
  const stack = await runningStack(port);
  const leftOut: LeftOut[] = [];
  let files = 0;
  let refused = 0;
  const refuse = (name: string, reason: string) => {
    refused += 1;
    console.error(`${visible(name)}: ${visible(reason)}`);
  };
  const queue = new DropQueue(stack, {
    dropping: () => {
      files += 1;
    },
    present: () => undefined,
    refused: ({ name }, { reason, detail }) => refuse(name, `${reason} (${detail})`),
  });
  await queue.dropAll(picturesOf(paths, leftOut), 'replace');
  for (const line of leftOutLines(leftOut)) console.error(line);
  const faults = leftOut.filter(isFault).length;
  if (files + faults === 0) throw new UsageError(`Expected files in ${paths.join(', ')} but found none`);
  console.log(`Dropped ${files - refused} of ${files + faults} files into ${stack.bucket}.`);
  return refused + faults === 0 ? EXIT.done : EXIT.unfinished;
}

async function assertExists(path: string): Promise<void> {
  await stat(path).catch((cause: unknown) => {
    throw new UsageError(`Expected a file or folder but received "${path}" (${describeSystemError(cause)})`, {
      cause,
    });
  });
}

async function* picturesOf(paths: readonly string[], leftOut: LeftOut[]): AsyncIterable<Picture> {
  const pathOf = new Map<string, string>();
  for (const path of paths) {
    const isFolder = (await stat(path)).isDirectory();
    const source = { folder: isFolder ? path : dirname(path), labels: NO_LABELS };
    const found = isFolder ? walk(path) : [{ kind: 'file' as const, path }];
    for await (const each of found) {
      if (each.kind === 'left-out') {
        leftOut.push(each);
        continue;
      }
      const picture = pictureOf(each.path, source);
      const other = pathOf.get(picture.name);
      if (other === undefined) yield isFolder ? picture : followingLink(picture, path);
      else yield { ...picture, open: () => Promise.reject(new Error(`${other} has the same object name`)) };
      pathOf.set(picture.name, other ?? each.path);
    }
  }
}

/** A link is followed if the user named it. */
function followingLink(picture: Picture, path: string): Picture {
  return { ...picture, open: async () => openFile(await realpath(path)) };
}
