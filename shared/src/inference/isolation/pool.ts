import type { ModelRef } from '../../domain/record.js';
import { TransientError } from '../../errors.js';
import type { DecodeDemand } from '../../imaging/decode-cost.js';
import type { Classifier, Prediction } from '../../ports/classifier.js';
import { type Job, PoolWorker, type PoolWorkerOptions } from './pool-worker.js';

/**
 * A classifier whose work is done in child processes, so that nothing an image does to a decoder can reach the
 * process that serves.
 *
 *     classify() -> queue (bounded) -> worker: head, next  -> settled
 *                     ^                          |
 *                     +--- back to the front ----+  the worker ended, and this was not its head
 *
 * - The head takes more time or memory than it may: its worker is killed, and it is rejected as `too-slow` or
 *   `too-large-to-decode`.
 * - The worker dies by itself: the head, the only image that can have caused it, is rejected with `CrashError`.
 * - In all these cases what was sent ahead goes to another worker.
 * - Images are sent to workers in their order, as long as what they need together stays within `memoryBudgetBytes`. A
 *   large one waits until there is room for it, and those behind it wait with it.
 * - A worker that was ready is replaced as soon as it ends. One that never was fails what is queued, and is tried
 *   again with the next image: there is no loop of starts and deaths.
 */
export interface PoolOptions extends PoolWorkerOptions {
  readonly workers: number;
  /** Images, and their bytes, that may wait for a worker. One more is rejected with `TransientError`: callers must slow down. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  /** Of the images in all workers. One image alone is always taken. */
  readonly memoryBudgetBytes: number;
  /** What an encoded image needs. */
  readonly demandOf: (image: Uint8Array) => DecodeDemand;
}

/**
 * @throws {ModelError} the model must not serve.
 * @throws {CrashError} the first worker died before it was ready.
 */
export function startPool<Answer = Prediction>(options: PoolOptions): Promise<ClassifierPool<Answer>> {
  return new Promise(
    (resolve, reject) => new ClassifierPool<Answer>(options, { onStarted: resolve, onFailed: reject }),
  );
}

interface StartListener<Answer> {
  onStarted(pool: ClassifierPool<Answer>): void;
  onFailed(error: Error): void;
}

/** `Answer` is what its workers make of an image: a prediction, or a thumbnail. */
export class ClassifierPool<Answer = Prediction> implements Pick<Classifier, 'model' | 'close'> {
  readonly #options: PoolOptions;
  readonly #startListener: StartListener<Answer>;
  readonly #queue: Job<Answer>[] = [];
  readonly #workers = new Set<PoolWorker<Answer>>();
  #model: ModelRef | undefined;
  #jobs = 0;
  #hasSettled = false;
  #whenEmpty: (() => void) | undefined;
  #isClosed = false;

  constructor(options: PoolOptions, startListener: StartListener<Answer>) {
    this.#options = options;
    this.#startListener = startListener;
    this.#addWorker();
  }

  get model(): ModelRef {
    if (this.#model === undefined) throw new Error('Expected a started pool');
    return this.#model;
  }

  /** Process ids of the workers. */
  get workerPids(): readonly number[] {
    return [...this.#workers].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * @throws {ImageError} the bytes are at fault, or took more time or memory than the limit.
   * @throws {CrashError} the worker died at work on it.
   * @throws {TransientError} the queue is full, the pool is closing, or `signal` fired before a worker had the image.
   */
  classify(image: Uint8Array, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new TransientError('Expected an open pool but it is closed'));
    const refusal = this.#refusalOf(image);
    if (refusal !== undefined) return Promise.reject(new TransientError(refusal));
    return new Promise((resolve, reject) => {
      this.#jobs += 1;
      const job = { id: this.#jobs, image, demand: this.#options.demandOf(image), resolve, reject };
      this.#queue.push(job);
      signal?.addEventListener('abort', () => this.#withdraw(job), { once: true });
      this.#dispatch();
      this.#addWorker();
    });
  }

  #withdraw(job: Job<Answer>): void {
    const index = this.#queue.indexOf(job);
    if (index === -1) return;
    this.#queue.splice(index, 1);
    job.reject(new TransientError('The time of the function was over before a worker had the image'));
  }

  #refusalOf(image: Uint8Array): string | undefined {
    const { maxQueued, maxQueuedBytes } = this.#options;
    if (this.#queue.length >= maxQueued) return `Expected at most ${maxQueued} images in the queue`;
    const queuedBytes = this.#queue.reduce((sum, job) => sum + job.image.length, 0);
    if (this.#queue.length === 0 || queuedBytes + image.length <= maxQueuedBytes) return undefined;
    return `Expected at most ${maxQueuedBytes} bytes of images in the queue`;
  }

  /** Ends the workers at once; what they held is rejected with `TransientError`, for another process to do. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closing = new TransientError('The pool is closing');
    this.#failQueue(closing);
    if (this.#workers.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const worker of this.#workers) worker.kill(closing);
    await gone;
  }

  /**
   * One worker alone until it has settled an image or holds all that it can: on few cores a second that starts at the
   * same time would only delay the first label. Then one more whenever something happens, until there are enough.
   */
  #addWorker(): void {
    const isNeeded = this.#hasSettled || (this.#model !== undefined && this.#queue.length > 0);
    const wanted = isNeeded ? this.#options.workers : 1;
    if (!this.#isClosed && this.#workers.size < wanted) this.#startWorker();
  }

  #startWorker(): void {
    const worker: PoolWorker<Answer> = new PoolWorker<Answer>(this.#options, {
      onReady: (model) => this.#onReady(model),
      onVacancy: () => this.#onVacancy(),
      onGone: (orphans, startFailure) => this.#replace(worker, { orphans, startFailure }),
    });
    this.#workers.add(worker);
  }

  #onReady(model: ModelRef): void {
    const isFirst = this.#model === undefined;
    this.#model = model;
    this.#dispatch();
    this.#addWorker();
    if (isFirst) this.#startListener.onStarted(this);
  }

  #onVacancy(): void {
    this.#hasSettled = true;
    this.#dispatch();
    this.#addWorker();
  }

  /** To the worker with the fewest jobs: an idle one before one that would only hold the image. */
  #dispatch(): void {
    for (let [job] = this.#queue; job !== undefined && this.#hasMemoryFor(job); [job] = this.#queue) {
      const [freest] = [...this.#workers].sort((a, b) => b.vacancies - a.vacancies);
      if (freest === undefined || freest.vacancies === 0) return;
      this.#queue.shift();
      freest.assign(job);
    }
  }

  #hasMemoryFor({ demand }: Job<Answer>): boolean {
    const demanded = [...this.#workers].reduce((sum, worker) => sum + worker.demandedBytes, 0);
    return demanded === 0 || demanded + demand.memoryBytes <= this.#options.memoryBudgetBytes;
  }

  #replace(
    worker: PoolWorker<Answer>,
    {
      orphans,
      startFailure,
    }: { readonly orphans: readonly Job<Answer>[]; readonly startFailure: Error | undefined },
  ): void {
    this.#workers.delete(worker);
    this.#queue.unshift(...orphans);
    if (this.#isClosed) {
      this.#failQueue(new TransientError('The pool is closing'));
      if (this.#workers.size === 0) this.#whenEmpty?.();
    } else if (startFailure === undefined) {
      this.#addWorker();
      this.#dispatch();
    } else if (this.#model === undefined) {
      this.#startListener.onFailed(startFailure);
    } else if (this.#workers.size === 0) {
      this.#failQueue(startFailure);
    }
  }

  #failQueue(error: Error): void {
    for (const job of this.#queue.splice(0)) job.reject(error);
  }
}
