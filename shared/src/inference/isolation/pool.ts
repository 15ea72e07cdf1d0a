import type { ModelRef } from '../../domain/record.js';
import { TransientError } from '../../errors.js';
import type { DecodeDemand } from '../../imaging/decode-cost.js';
import type { Classifier, ClassifyOptions, Prediction } from '../../ports/classifier.js';
import { type Job, PoolWorker, type PoolWorkerOptions } from './pool-worker.js';

/**
 * A classifier that works in child processes, so that an image that crashes or hangs a decoder does not affect the serving
 * process. The head of a worker is the image that it processes.
 *
 *     classify() -> queue (bounded) -> worker: head, next  -> settled
 *                     ^                          |
 *                     +--- back to the front ----+  the worker ended, and this was not its head
 *
 * - If the head exceeds its limit of time or memory, its worker is killed, and the head is rejected as `too-slow` or
 *   `too-large-to-decode`.
 * - If the worker crashes, the head is rejected with `CrashError`: it is the only image that can be the cause.
 * - In both cases the image that was sent in advance goes to another worker.
 * - Images are sent to workers in their order while the sum of their memory is within `memoryBudgetBytes`. A large image waits
 *   until there is enough, and the images behind it wait too.
 * - An image of a request of the API yields: an image of the pipeline waits behind at most as many of them as there are workers.
 * - A worker that was ready is replaced when it ends, if it was the only one or there are more images than workers. If a worker was
 *   never ready, all queued images fail, and the next image starts a worker again. So a worker that cannot start is not restarted in a
 *   loop.
 */
export interface PoolOptions extends PoolWorkerOptions {
  readonly workers: number;
  /** The first message to the workers that start after one was ready. Default: `start`. */
  readonly laterStart?: PoolWorkerOptions['start'];
  /** Limits of the images that wait for a worker, and of their bytes. Images beyond are rejected with `TransientError`. */
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  /** Limit of the memory of the images in all workers. A single image is always accepted. */
  readonly memoryBudgetBytes: number;
  /** The demand of an encoded image. */
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

/** `Answer` is the result of a worker for an image: a prediction or a thumbnail. */
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
   * @throws {CrashError} the worker crashed while it processed the image.
   * @throws {TransientError} the queue is full, the pool is closing, or `signal` fired before a worker had the image.
   */
  classify(image: Uint8Array, { signal, yields = false, ...extras }: ClassifyOptions = {}): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new TransientError('Expected an open pool but it is closed'));
    const refusal = this.#refusalOf(image);
    if (refusal !== undefined) return Promise.reject(new TransientError(refusal));
    return new Promise((resolve, reject) => {
      this.#jobs += 1;
      const demand = this.#options.demandOf(image);
      const job = { id: this.#jobs, image, extras, yields, demand, resolve, reject };
      this.#queue.splice(yields ? this.#queue.length : this.#placeBeforeYielding(), 0, job);
      signal?.addEventListener('abort', () => this.#withdraw(job), { once: true });
      this.#dispatch();
      this.#addWorker();
    });
  }

  /** As many images that yield as there are workers stay ahead, so that they progress too. */
  #placeBeforeYielding(): number {
    const yielding = this.#queue.flatMap((job, index) => (job.yields ? [index] : []));
    return yielding[this.#options.workers] ?? this.#queue.length;
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

  /** Ends the workers immediately. Their images are rejected with `TransientError`, so that another process labels them. */
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
   * Starts a worker if there are more images than workers. Until the first image is answered, it does so only if images wait that no
   * worker can take: on few cores, a second worker that starts at the same time would delay the first label.
   */
  #addWorker(): void {
    const jobs = [...this.#workers].reduce((sum, worker) => sum + worker.jobs, this.#queue.length);
    const isNeeded = this.#hasSettled || (this.#model !== undefined && this.#queue.length > 0);
    const wanted = isNeeded ? Math.max(1, Math.min(jobs, this.#options.workers)) : 1;
    if (!this.#isClosed && this.#workers.size < wanted) this.#startWorker();
  }

  #startWorker(): void {
    const { start, laterStart = start } = this.#options;
    const options = { ...this.#options, start: this.#model === undefined ? start : laterStart };
    const worker: PoolWorker<Answer> = new PoolWorker<Answer>(options, {
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
    // Starting a process takes some ms, and the caller of the image sends its answer first.
    setImmediate(() => this.#addWorker());
  }

  /** Sends the image to the worker with the fewest jobs, so an idle worker comes first. */
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
