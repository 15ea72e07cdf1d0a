/**
 * Reviews pictures by key in Chromium, and prints the time from a key to the next picture; then scrolls 10,000 images, first while
 * nothing changes, then while 50 a second arrive, and prints how long the frames took, and the longest task of the page. The arriving
 * records are written to Firestore, as a stack on another machine does:
 *
 *     npm run frames
 *
 * `npm run bench -- --only page` starts it with the number of images, and gets the milliseconds as a message.
 */
import { randomUUID } from 'node:crypto';
import { constants, loadavg, setPriority } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Firestore } from '@google-cloud/firestore';
import { chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { startStackProcess } from './support/running-stack.js';
import { until } from './support/until.js';

const IMAGES = Number(process.argv[2] ?? 10_000);
const A_SECOND = 50;
const SECOND_MS = 1_000;
const SCROLL_MS = 20_000;
/** The emulator looks through all records for each page. */
const LOAD_MS = 600_000;
const ANSWERS = 20;
/** How long each picture is looked at. */
const LOOK_MS = 500;
const VIEWPORT = { width: 1_280, height: 860 };

/** A task in a trace of Chromium. */
const TASK = 'ThreadControllerImpl::RunTask';

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds of a processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
// A browser and Firestore usually have machines of their own: here the browser goes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const stack = await startStackProcess(['--count', '0']);
const firestore = new Firestore({
  projectId: stack.env['GCLOUD_PROJECT'] ?? '',
  host: stack.env['FIRESTORE_EMULATOR_HOST'] ?? '',
  ssl: false,
});
let arrived = 0;
let isScrolling = true;
try {
  const images = firestore.collection('tenants/default/images');
  const url = await stack.address('page');
  const review = await browser.newPage({ viewport: VIEWPORT });
  const noise = { type: 'gaussian', mean: 128, sigma: 20 } as const;
  const photo = await sharp({
    create: { width: 1_800, height: 2_400, channels: 3, background: '#888', noise },
  })
    .jpeg({ quality: 85 })
    .toBuffer();
  const photos = images.where('name', '>=', 'photo-').where('name', '<', 'photo.');
  for (let index = 0; index <= ANSWERS; index += 1) {
    const upload = `upload/storage/v1/b/${stack.bucket}/o?uploadType=media&name=photo-${index}.jpg`;
    await fetch(`${stack.env['STORAGE_EMULATOR_HOST']}/${upload}`, { method: 'POST', body: photo });
  }
  const labelled = await until(
    'labels of the photos',
    async () => {
      const { docs } = await photos.get();
      return docs.length > ANSWERS && docs.every((each) => each.get('status') !== 'queued') && docs;
    },
    LOAD_MS,
  );
  for (const { ref } of labelled) await ref.update({ status: 'review', reason: 'low-confidence' });

  await review.goto(`${url}/#review`);
  await review.getByText(`${ANSWERS + 1} to review`).waitFor();
  const waits = await review.evaluate<readonly number[]>(`(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const shown = () => document.querySelector('.question img');
    const isThere = (img) => img?.complete && img.naturalWidth > 0;
    while (!isThere(shown())) await frame();
    const waits = [];
    for (let answered = 0; answered < ${ANSWERS}; answered += 1) {
      await new Promise((resolve) => setTimeout(resolve, ${LOOK_MS}));
      const before = shown();
      const pressedAt = performance.now();
      dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }));
      while (shown() === before || !isThere(shown())) await frame();
      waits.push(performance.now() - pressedAt);
    }
    return waits;
  })()`);
  console.log(`${waits.length} answers, 1800x2400 pixels: from key to next picture ${spread(waits)}`);
  // The emulator does not say which images leave the newest 200: a page that is open keeps all that come.
  await review.close();

  const start = Date.now() - IMAGES * 1_000;
  const recordOf = (index: number, uploadedAt: number) => ({
    name: `folder/${index}.jpg`,
    generation: '1',
    status: index % 9 === 0 ? 'review' : 'done',
    reason: null,
    category: ['Tops', 'Heels', 'Handbags'][index % 3],
    confidence: 0.5 + (index % 50) / 100,
    uploadedAt: new Date(uploadedAt),
    labeledAt: new Date(uploadedAt + 120),
  });
  for (let from = 0; from < IMAGES; from += 500) {
    const batch = firestore.batch();
    for (let index = from; index < Math.min(from + 500, IMAGES); index += 1)
      batch.set(images.doc(`seed-${index}`), recordOf(index, start + index * 1_000));
    await batch.commit();
  }

  const page = await browser.newPage({ viewport: VIEWPORT });
  await browser.startTracing(page, { categories: ['toplevel'] });
  await page.goto(`${url}/#wall`);
  await page.locator('.tile').first().waitFor();
  const loaded = await until(
    `${IMAGES} images in the wall`,
    async () => {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      const rows = await page.evaluate<number>('document.querySelector(".grid").offsetHeight / 232');
      return rows * 7 >= IMAGES && Math.round(rows) * 7;
    },
    LOAD_MS,
  );
  const readTaskMs = longestTaskMs(await browser.stopTracing());
  console.log(`${loaded} images read (7 a row); ${taskText(readTaskMs)}`);
  const still = await scrollFor(page);
  print('nothing arrives', still);

  const arrive = async () => {
    const batch = firestore.batch();
    const now = Date.now();
    for (let index = 0; index < A_SECOND; index += 1)
      batch.create(images.doc(`new-${randomUUID()}`), recordOf(index, now - (index * SECOND_MS) / A_SECOND));
    await batch.commit();
    arrived += A_SECOND;
  };
  // In one commit a second: after each commit, the emulator looks through all records for each listener. A busy one takes fewer.
  const arriving = (async () => {
    for (let next = Date.now(); isScrolling; next += SECOND_MS) {
      await pause(Math.max(0, next - Date.now()));
      await arrive().catch(() => {});
    }
  })();
  const moving = await scrollFor(page);
  isScrolling = false;
  await arriving;
  print(`${arrived} images arrive`, moving);
  process.send?.({ images: loaded, arrived, waits, readTaskMs, still, moving });
} finally {
  isScrolling = false;
  await browser.close();
  await firestore.terminate();
  await stack.interrupt();
}

interface Scrolled {
  /** Milliseconds. */
  readonly frames: readonly number[];
  /** Of a processor, in milliseconds: of the longest task. */
  readonly taskMs: number;
}

/** From the top down and up again. */
async function scrollFor(page: Page): Promise<Scrolled> {
  await page.evaluate('scrollTo(0, 0)');
  await page.waitForTimeout(2_000);
  await browser.startTracing(page, { categories: ['toplevel'] });
  const frames = await page.evaluate<readonly number[]>(`new Promise((resolve) => {
    const frames = [];
    const begin = performance.now();
    let last = begin;
    let step = 60;
    const frame = (now) => {
      frames.push(now - last);
      last = now;
      if (scrollY + innerHeight >= document.body.scrollHeight - 1) step = -60;
      if (scrollY === 0) step = 60;
      scrollBy(0, step);
      if (now - begin < ${SCROLL_MS}) requestAnimationFrame(frame);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(frame);
  })`);
  return { frames, taskMs: longestTaskMs(await browser.stopTracing()) };
}

function print(what: string, { frames, taskMs }: Scrolled): void {
  const slow = frames.filter((ms) => ms > 50).length;
  console.log(`Scrolling while ${what}: ${frames.length} frames, ${spread(frames)}; over 50 ms: ${slow}`);
  console.log(`  ${taskText(taskMs)}; load of the machine: ${loadavg()[0]?.toFixed(1)}`);
}

function taskText(ms: number): string {
  return `longest task of the page: ${ms.toFixed(1)} ms of a processor`;
}

/**
 * Of a page's main thread. A frame also takes long if other programs have the processors; a task only counts its own time.
 * @returns milliseconds of a processor
 */
function longestTaskMs(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: readonly TraceEvent[] };
  const named = (kind: string, wanted: string) =>
    traceEvents.filter(({ name, args }) => name === kind && args?.name === wanted);
  // Chromium draws a part of its own window with a renderer of another name.
  const renderers = new Set(named('process_name', 'Renderer').map(({ pid }) => pid));
  const mainThreads = new Set(named('thread_name', 'CrRendererMain').map(({ tid }) => tid));
  return traceEvents
    .filter(({ name, pid, tid }) => name === TASK && renderers.has(pid) && mainThreads.has(tid))
    .reduce((longest, { tdur = 0 }) => Math.max(longest, tdur / 1_000), 0);
}

function spread(all: readonly number[]): string {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
}
