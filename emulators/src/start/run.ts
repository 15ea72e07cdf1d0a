/** One run of `npm start`: starts the stack, uploads the first pictures, serves the inbox and stops the stack. */
import { type FileHandle, open } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { sampleImages } from '@hangtag/drawings/sample-images.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { EXIT, type ExitStatus } from '../command-line.js';
import { interruption } from '../processes/interruption.js';
import { openTraceFile } from '../tracing/trace-file.js';
import { openDataFolder } from './data-folder.js';
import { type Desk, openDesk, PATIENCE_MS } from './desk.js';
import type { DropMode } from './drop-queue.js';
import { leftOutLines } from './inbox.js';
import { openerOf, openPage } from './open-page.js';
import type { StartOptions } from './options.js';
import { isFault, type LeftOut, type Picture, pictureOf, walk } from './pictures.js';
import { PROJECT_ROOT } from './project-root.js';
import { repairRecords } from './repair-records.js';
import { Running } from './running.js';
import { giveSampleWardrobe, newTokenKey, openWardrobeData } from './sample-wardrobe.js';
import { serveInbox } from './serve-inbox.js';
import type { Stack } from './stack.js';
import { announceStack } from './stack-file.js';
import { startStack } from './start-stack.js';
import { summaryText } from './summary-text.js';

const BUCKET = 'hangtag-images';
/** A picture of the repository, for the example of a call. */
const SAMPLE_PICTURE = 'models/fashion-mobilenetv2/golden/01.png';
const SAMPLE_COUNT = 60;
const SAMPLE_SEED = 2026;

/** @returns the exit code */
export async function run(options: StartOptions): Promise<ExitStatus> {
  const modelDir = resolve(
    process.env['HANGTAG_MODEL_DIR'] ?? join(PROJECT_ROOT, 'models', 'fashion-mobilenetv2'),
  );
  // Faults of the configuration, the model and the options are found before anything starts.
  const made = options.wardrobe ? { HANGTAG_TOKEN_KEY: newTokenKey() } : {};
  parseConfig({ ...made, ...process.env, HANGTAG_MODEL_DIR: modelDir });
  const labels = new Set((await readManifest(modelDir)).labels);
  const first = await firstPictures(options, labels);
  const opened = new Running();
  try {
    // Opened before the run, so that the results of a long run are not lost because the file cannot be written.
    const json =
      options.json === undefined
        ? undefined
        : await opened.add(open(options.json, 'w'), (file) => file.close());
    let isSaved = false;
    const data = await opened.add(openDataFolder(options.data, options.fresh), ({ release }) =>
      isSaved ? release() : undefined,
    );
    // A stack that never started has nothing to save.
    isSaved = !data.wasLeftBehind;
    const trace =
      options.trace === undefined
        ? undefined
        : await opened.add(openTraceFile(options.trace), (file) => file.close());
    const wardrobe = options.wardrobe
      ? await opened.add(openWardrobeData(data.path), (database) => database.close())
      : undefined;
    const request = {
      bucket: BUCKET,
      dataDir: data.path,
      isKept: data.isKept,
      enforceIndexes: options['enforce-indexes'],
      portBase: options['port-base'],
      modelDir,
      otlpEndpoint: trace?.endpoint,
      wardrobe,
    };
    const stack = await startStack(options, { ...request, say: (line) => console.log(line) });
    isSaved = false;
    try {
      if (data.wasLeftBehind) await repairRecords(stack, data.path);
      return await work(stack, { options, labels, first, json });
    } finally {
      await stack.stop();
      isSaved = true;
    }
  } finally {
    await opened.stop();
  }
}

interface Work {
  readonly options: StartOptions;
  readonly labels: ReadonlySet<string>;
  readonly first: FirstPictures;
  readonly json: FileHandle | undefined;
}

async function work(stack: Stack, { options, labels, first, json }: Work): Promise<ExitStatus> {
  // Until here, Ctrl-C ends this process and its children immediately.
  const interrupted = interruption();
  const withdraw = await announceStack(stack);
  try {
    printAddresses(stack);
    if (!options.once && !options['no-open']) openInBrowser(stack);
    const desk = await openDesk(stack);
    const outcome = await dropFirst(desk, { first, count: options.count, interrupted });
    if (options.wardrobe && outcome === 'settled') await giveSampleWardrobe(stack, desk.results.rows);
    if (json !== undefined) await json.writeFile(jsonOf(desk, first));
    if (!options.once && outcome !== 'interrupted')
      await serveInbox(desk, { labels, env: stack.env, interrupted });
    desk.close();
    const isIncomplete = desk.refused() > 0 || first.leftOut.some(isFault);
    if (!options.once) return isIncomplete ? EXIT.unfinished : EXIT.done;
    return outcome === 'settled' && desk.results.unlabelled === 0 && !isIncomplete
      ? EXIT.done
      : EXIT.unfinished;
  } finally {
    await withdraw();
  }
}

interface FirstDrop {
  readonly first: FirstPictures;
  readonly count: number | undefined;
  readonly interrupted: Promise<'interrupted'>;
}

async function dropFirst(
  { queue, settling, display, results }: Desk,
  { first, count, interrupted }: FirstDrop,
): Promise<'settled' | 'stalled' | 'interrupted'> {
  const dropped = queue.dropAll(limited(first.pictures, count), first.mode);
  const outcome = await Promise.race([dropped.then(() => settling.all()), interrupted]);
  if (outcome === 'interrupted') {
    queue.stop();
    // The uploads in progress end. What waits for its label is not awaited: that can take minutes.
    await dropped.catch(() => undefined);
  }
  display.finish();
  for (const line of leftOutLines(first.leftOut)) console.log(line);
  console.log(`\n${summaryText(results.summary())}\n`);
  if (outcome === 'stalled')
    console.error(`No image changed for ${PATIENCE_MS / 1000} s: giving up on those that wait.`);
  return outcome;
}

interface FirstPictures {
  readonly pictures: AsyncIterable<Picture>;
  readonly mode: DropMode;
  /** Grows while the pictures are read. */
  readonly leftOut: LeftOut[];
}

async function firstPictures(
  { images, count = SAMPLE_COUNT }: StartOptions,
  labels: ReadonlySet<string>,
): Promise<FirstPictures> {
  const leftOut: LeftOut[] = [];
  // Drawings that are already in the data folder are not uploaded again.
  if (images === undefined) return { pictures: samples(count), mode: 'keep', leftOut };
  if (!(await hasPicture(images))) throw new UsageError(`Expected pictures in "${images}" but found none`);
  return { pictures: picturesIn(images, { labels, leftOut }), mode: 'replace', leftOut };
}

async function hasPicture(folder: string): Promise<boolean> {
  for await (const { kind } of walk(folder)) if (kind === 'file') return true;
  return false;
}

async function* picturesIn(
  folder: string,
  { labels, leftOut }: { readonly labels: ReadonlySet<string>; readonly leftOut: LeftOut[] },
): AsyncIterable<Picture> {
  for await (const found of walk(folder)) {
    if (found.kind === 'file') yield pictureOf(found.path, { folder, labels });
    else leftOut.push(found);
  }
}

async function* samples(count: number): AsyncIterable<Picture> {
  for await (const { name, category, bytes, contentType } of sampleImages({ count, seed: SAMPLE_SEED })) {
    yield { name, truth: category, contentType, open: async () => bytes };
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
  const api = addressOf(addresses, 'API');
  if (api !== undefined) console.log(`Label one picture:  curl -F file=@${SAMPLE_PICTURE} ${api}/predict`);
  console.log();
}

function openInBrowser({ addresses }: Stack): void {
  const page = addressOf(addresses, 'page');
  const { platform, env, stdout } = process;
  const opener = openerOf({ platform, env, isTerminal: stdout.isTTY });
  if (page !== undefined && opener !== undefined) openPage(page, opener);
}

function addressOf(addresses: Stack['addresses'], wanted: string): string | undefined {
  return addresses.find(([name]) => name === wanted)?.[1];
}

function jsonOf({ results }: Desk, { leftOut }: FirstPictures): string {
  const left = leftOut.map(({ path, why }) => ({ path, why }));
  return `${JSON.stringify({ images: results.rows, leftOut: left, summary: results.summary() }, null, 2)}\n`;
}
