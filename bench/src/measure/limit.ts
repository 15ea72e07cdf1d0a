/**
 * The limit of the cores: only decoding and inference of the same pictures, with the product's code and as many
 * processes as the product uses.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { MODEL_DIR } from './model.js';
import { pictureFolder, SHOP_PHOTO } from './pictures.js';

export interface LimitStart {
  readonly modelDir: string;
  readonly pictures: string;
}

export interface LimitTask {
  readonly images: number;
}

const WORKER = fileURLToPath(new URL('./limit-worker.js', import.meta.url));
/** The setting of the pool's workers. */
const MEMORY_SETTINGS = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

/** Of a run of many images, so many are enough to measure the limit beside it. */
const ENOUGH_IMAGES = 500;

/** The limit just before a run of this number of images, so that both use the machine in the same state. @returns images per second */
export async function limitBefore(images: number, say: (line: string) => void): Promise<number> {
  return measureLimit(Math.min(images, ENOUGH_IMAGES), say);
}

/** @returns images per second */
export async function measureLimit(images: number, say: (line: string) => void): Promise<number> {
  const start: LimitStart = { modelDir: MODEL_DIR, pictures: await pictureFolder(SHOP_PHOTO, say) };
  const workers = Array.from({ length: availableParallelism() }, () => startWorker(start));
  try {
    await Promise.all(workers.map(nextWord));
    const share: LimitTask = { images: Math.ceil(images / workers.length) };
    const startedAt = performance.now();
    for (const worker of workers) worker.send(share);
    await Promise.all(workers.map(nextWord));
    const seconds = (performance.now() - startedAt) / 1_000;
    return (share.images * workers.length) / seconds;
  } finally {
    for (const worker of workers) worker.kill('SIGKILL');
  }
}

function startWorker(start: LimitStart): ChildProcess {
  const worker = fork(WORKER, { execArgv: [], env: { ...process.env, ...MEMORY_SETTINGS } });
  worker.send(start);
  return worker;
}

async function nextWord(worker: ChildProcess): Promise<void> {
  const died = once(worker, 'exit').then(([code]) => {
    throw new Error(`Expected a worker to finish but it ended with code ${code}`);
  });
  await Promise.race([once(worker, 'message'), died]);
}
