/** One run of the stack, from the first process to the last, in the order a user sees it. */

import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { EXIT, type ExitStatus } from '../command-line.js';
import { openDataFolder } from './data-folder.js';
import { drop } from './drop.js';
import { watchInbox } from './inbox.js';
import type { StartOptions } from './options.js';
import { type Picture, picturesIn } from './pictures.js';
import { PROJECT_ROOT } from './project-root.js';
import { Results } from './results.js';
import { Settling } from './settling.js';
import type { Stack } from './stack.js';
import { announceStack } from './stack-file.js';
import { startStack } from './start-stack.js';
import { summaryText } from './summary-text.js';
import { type Display, openDisplay } from './table.js';

const BUCKET = 'hangtag-images';
const INBOX = 'inbox';
const MODEL_DIR = process.env['HANGTAG_MODEL_DIR'] ?? join(PROJECT_ROOT, 'models', 'fashion-mobilenetv2');
const SAMPLE_COUNT = 60;
const SAMPLE_SEED = 2026;
/** Without a word from any image for this long, what still waits is called lost. */
const PATIENCE_MS = 60_000;

/** @returns the exit code */
export async function run(options: StartOptions): Promise<ExitStatus> {
  const labels = new Set((await readManifest(MODEL_DIR)).labels);
  const pictures = await picturesOf(options, labels);
  const data = await openDataFolder(options.data, options.fresh);
  try {
    const stack = await startStack(options, {
      bucket: BUCKET,
      dataDir: data.path,
      portBase: options['port-base'],
      modelDir: MODEL_DIR,
      say: (line) => console.log(line),
    });
    try {
      return await work(stack, { options, labels, pictures });
    } finally {
      await stack.stop();
    }
  } finally {
    await data.release();
  }
}

interface Work {
  readonly options: StartOptions;
  readonly labels: ReadonlySet<string>;
  readonly pictures: AsyncIterable<Picture>;
}

async function work(stack: Stack, { options, labels, pictures }: Work): Promise<ExitStatus> {
  // Before this, Ctrl-C ends this process at once, and its children with it.
  const interrupted = interruption();
  const withdraw = await announceStack(stack);
  try {
    printAddresses(stack);
    const desk = await openDesk(stack);
    const code = await showFirstImages(desk, { pictures, options, interrupted });
    if (!options.once) await serveInbox(desk, { labels, interrupted });
    return code;
  } finally {
    await withdraw();
  }
}

/** Where images go in and results come out. */
interface Desk {
  readonly results: Results;
  readonly display: Display;
  readonly settling: Settling;
  take(pictures: AsyncIterable<Picture> | Iterable<Picture>): Promise<void>;
}

async function openDesk(stack: Stack): Promise<Desk> {
  const results = new Results();
  const display = openDisplay(results, process.stdout);
  const settling = new Settling(results, PATIENCE_MS);
  await stack.watch((record) => {
    display.show(results.see(record, Date.now()));
    settling.touch();
  });
  const storage = storageClient({
    projectId: stack.env['GCLOUD_PROJECT'] ?? '',
    apiEndpoint: stack.env['STORAGE_EMULATOR_HOST'] ?? '',
  });
  const bucket = storage.bucket(stack.bucket);
  const take: Desk['take'] = (pictures) =>
    drop(pictures, bucket, {
      dropping: ({ name, truth }) => results.expect(name, Date.now(), truth),
      refused: ({ name }, reason) => display.show(results.refuse(name, reason)),
    });
  return { results, display, settling, take };
}

interface FirstImages {
  readonly pictures: AsyncIterable<Picture>;
  readonly options: StartOptions;
  readonly interrupted: Promise<void>;
}

async function showFirstImages(
  desk: Desk,
  { pictures, options, interrupted }: FirstImages,
): Promise<ExitStatus> {
  const settled = desk.take(limited(pictures, options.count)).then(() => desk.settling.all());
  const outcome = await Promise.race([settled, interrupted]);
  desk.display.finish();
  console.log(`\n${summaryText(desk.results.summary())}\n`);
  if (options.json !== undefined) await writeResults(options.json, desk.results);
  if (outcome === 'stalled')
    console.error(`No image moved for ${PATIENCE_MS / 1000} s: giving up on those that wait.`);
  return outcome === 'settled' ? EXIT.done : EXIT.unfinished;
}

interface InboxRequest {
  readonly labels: ReadonlySet<string>;
  readonly interrupted: Promise<void>;
}

async function serveInbox(desk: Desk, { labels, interrupted }: InboxRequest): Promise<void> {
  const close = await watchInbox(INBOX, labels, (picture) => {
    desk
      .take([picture])
      .catch((error: unknown) => console.error(`Could not upload ${picture.name}: ${error}`));
  });
  console.log(`Drop pictures into ${INBOX}/, or type: npm run drop -- FILE|DIR ...   Ctrl-C ends it.`);
  await interrupted;
  await close();
}

async function picturesOf(
  options: StartOptions,
  labels: ReadonlySet<string>,
): Promise<AsyncIterable<Picture>> {
  const { images, count = SAMPLE_COUNT } = options;
  if (images === undefined) return samples(count);
  const found = await stat(images).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`Expected a folder for --images but received "${images}"`);
  return picturesIn(images, labels);
}

async function* samples(count: number): AsyncIterable<Picture> {
  for await (const { name, category, bytes, contentType } of sampleImages({ count, seed: SAMPLE_SEED })) {
    yield { name, truth: category, contentType, open: () => bytes };
  }
}

async function* limited(
  pictures: AsyncIterable<Picture>,
  count = Number.POSITIVE_INFINITY,
): AsyncIterable<Picture> {
  let taken = 0;
  if (count === 0) return;
  for await (const picture of pictures) {
    yield picture;
    taken += 1;
    if (taken >= count) return;
  }
}

function printAddresses({ mode, addresses }: Stack): void {
  console.log(
    `Running ${mode === 'emulators' ? "on Google's emulators" : "embedded, without Google's emulators"}:`,
  );
  for (const [name, address] of addresses) console.log(`  ${name.padEnd(18)} ${address}`);
  console.log();
}

async function writeResults(file: string, results: Results): Promise<void> {
  const report = { images: results.rows, summary: results.summary() };
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** Under npm one Ctrl-C arrives twice: from the terminal, and passed on by npm. */
const SAME_KEYSTROKE_MS = 1_000;

/** Resolves on the first Ctrl-C or polite kill; a second Ctrl-C ends the process at once. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    let firstAt: number | undefined;
    const interrupt = () => {
      firstAt ??= Date.now();
      if (Date.now() - firstAt > SAME_KEYSTROKE_MS) process.exit(130);
      resolve();
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt);
  });
}
