import type { Readable } from 'node:stream';
import type { ModelRef } from '../../domain/record.js';
import { ImageError, ModelError } from '../../errors.js';
import type { Extras } from '../../ports/classifier.js';
import type { ClassifyMessage, Result, StartMessage, WorkerMessage } from './protocol.js';

/** The garbage collector counts only the small objects in its heap, and not the pictures outside of it, so it runs too late. */
const COLLECT_EVERY_IMAGES = 200;

/** The work of a worker on one image: classifying it, or making a thumbnail. */
export interface Service {
  readonly model: ModelRef;
  classify(image: Uint8Array, extras: Extras): Promise<unknown>;
}

/**
 * The worker's side. It works on one image at a time, in the order in which they came, so that the pool knows which
 * image ended a worker. It ignores signals to the process group, which its parent handles. It ends when the channel to its parent
 * closes.
 */
export async function serve<Settings>(load: (settings: Settings) => Promise<Service>): Promise<void> {
  process.on('SIGINT', ignore);
  process.on('SIGTERM', ignore);
  process.on('disconnect', () => process.exit());
  const { settings, maxRetainedBytes } = await startMessage<Settings>();
  const service = await load(settings).catch(reportStartFailure);
  if (service === undefined) return;
  const maxRssBytes = process.memoryUsage.rss() + maxRetainedBytes;
  const images = new ImageReader(process.stdin);
  let previous: Promise<void> = Promise.resolve();
  let done = 0;
  process.on('message', ({ id, imageBytes, extras }: ClassifyMessage) => {
    const image = images.next(imageBytes);
    previous = previous.then(async () => {
      const result = await work(service, await image, extras);
      done += 1;
      if (done % COLLECT_EVERY_IMAGES === 0) globalThis.gc?.();
      const isLast = retainsMoreThan(maxRssBytes);
      const sent = send({ id, isLast, ...result });
      if (isLast) await sent.then(() => process.exit());
    });
  });
  await send({ kind: 'ready', model: service.model });
}

function startMessage<Settings>(): Promise<StartMessage<Settings>> {
  return new Promise((resolve) => process.once('message', resolve));
}

/** Reads images from a stream that contains nothing else. The next one is read while the one before it is processed. */
class ImageReader {
  readonly #stream: Readable;
  readonly #wanted: { readonly bytes: number; readonly resolve: (image: Uint8Array) => void }[] = [];

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('readable', () => this.#answer());
  }

  next(bytes: number): Promise<Uint8Array> {
    return new Promise((resolve) => {
      this.#wanted.push({ bytes, resolve });
      this.#answer();
    });
  }

  #answer(): void {
    for (let [first] = this.#wanted; first !== undefined; [first] = this.#wanted) {
      // A stream never has 0 bytes.
      const image: Buffer | null = first.bytes === 0 ? Buffer.alloc(0) : this.#stream.read(first.bytes);
      if (image === null) return;
      this.#wanted.shift();
      first.resolve(image);
    }
  }
}

async function work(service: Service, image: Uint8Array, extras: Extras): Promise<Result> {
  try {
    return { kind: 'answered', answer: await service.classify(image, extras) };
  } catch (error) {
    if (error instanceof ImageError) return { kind: 'rejected', code: error.code, message: error.message };
    return { kind: 'failed', stack: stackOf(error) };
  }
}

/** The memory in use, without garbage. Garbage is collected only if the process is large. */
function retainsMoreThan(maxRssBytes: number): boolean {
  if (process.memoryUsage.rss() <= maxRssBytes) return false;
  globalThis.gc?.();
  return process.memoryUsage.rss() > maxRssBytes;
}

async function reportStartFailure(error: unknown): Promise<undefined> {
  if (error instanceof ModelError) {
    await send({ kind: 'model-fault', model: error.model, faults: error.faults });
  } else {
    await send({ kind: 'not-started', stack: stackOf(error) });
  }
  process.disconnect?.();
}

/** Resolves when the message has left this process. */
function send(message: WorkerMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function ignore(): void {}
