import type { ModelRef } from '../../domain/record.js';
import { ImageError, ModelError } from '../../errors.js';
import type { ClassifyMessage, ResultMessage, StartMessage, WorkerMessage } from './protocol.js';

const WATCH_EVERY_MS = 25;
/** The collector sees small objects and waits; the pictures that they hold, outside its heap, pile up meanwhile. */
const COLLECT_EVERY_IMAGES = 200;

/** What a worker does with an image: it classifies it, or makes a thumbnail of it. */
export interface Service {
  readonly model: ModelRef;
  classify(image: Uint8Array): Promise<unknown>;
}

/**
 * The worker's side. It works on one image at a time, in the order in which they came, which is what lets the
 * pool know whose fault a death is. It lives as long as its parent: signals meant for the whole group are the
 * parent's to act on, and a parent that is gone takes the channel with it.
 */
export async function serve<Settings>(load: (settings: Settings) => Promise<Service>): Promise<void> {
  process.on('SIGINT', ignore);
  process.on('SIGTERM', ignore);
  process.on('disconnect', () => process.exit());
  const { settings, maxRssBytes } = await startMessage<Settings>();
  const service = await load(settings).catch(reportStartFailure);
  if (service === undefined) return;
  let previous: Promise<void> = Promise.resolve();
  let images = 0;
  process.on('message', (message: ClassifyMessage) => {
    previous = previous.then(async () => {
      const stopWatching = watchMemory(maxRssBytes);
      say(await work(service, message));
      stopWatching();
      images += 1;
      if (images % COLLECT_EVERY_IMAGES === 0) globalThis.gc?.();
    });
  });
  say({ kind: 'ready', model: service.model });
}

function startMessage<Settings>(): Promise<StartMessage<Settings>> {
  return new Promise((resolve) => process.once('message', resolve));
}

async function work(service: Service, { id, image }: ClassifyMessage): Promise<ResultMessage> {
  try {
    return { kind: 'answered', id, answer: await service.classify(image) };
  } catch (error) {
    if (error instanceof ImageError)
      return { kind: 'rejected', id, code: error.code, message: error.message };
    return { kind: 'failed', id, stack: stackOf(error) };
  }
}

function reportStartFailure(error: unknown): undefined {
  if (error instanceof ModelError) {
    say({ kind: 'model-fault', model: error.model, faults: error.faults });
  } else {
    say({ kind: 'not-started', stack: stackOf(error) });
  }
  process.disconnect?.();
}

/** Killed, not exited: an orderly exit would wait for the very decoder that is eating the memory. */
function watchMemory(maxRssBytes: number): () => void {
  const timer = setInterval(() => {
    if (process.memoryUsage.rss() > maxRssBytes) process.kill(process.pid, 'SIGKILL');
  }, WATCH_EVERY_MS);
  return () => clearInterval(timer);
}

function say(message: WorkerMessage): void {
  process.send?.(message);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function ignore(): void {}
