import type { ModelRef } from '../../domain/record.js';
import { TransientError } from '../../errors.js';
import type { Classifier, Prediction } from '../../ports/classifier.js';
import { type Job, PoolWorker, type PoolWorkerOptions } from './pool-worker.js';

/**
 * A classifier whose work is done in child processes, so that nothing an image does to a decoder can reach the
 * process that serves.
 *
 *     classify() -> queue (bounded) -> worker: head, next  -> settled
 *                     ^                          |
 *                     +--- back to the front ----+  the worker died, and this was not its head
 *
 * - The head outlives its time: its worker is killed, and it is rejected as `too-slow`.
 * - The worker dies of itself: the head, the only image that can have done it, is `CrashError`.
 * - In both cases what was sent ahead goes to another worker, and nobody notices.
 * - A worker that was ready is replaced as soon as it dies. One that never was fails what is queued, and is
 *   tried again with the next image: there is no loop of starts and deaths.
 */
export interface PoolOptions extends PoolWorkerOptions {
  readonly workers: number;
  /** Images waiting for a worker. One more is turned away as `TransientError`: whoever sends is to slow down. */
  readonly maxQueued: number;
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
    this.#staff();
  }

  get model(): ModelRef {
    if (this.#model === undefined) throw new Error('Expected a started pool');
    return this.#model;
  }

  /** Process ids of the workers, for whoever watches over their memory. */
  get workerPids(): readonly number[] {
    return [...this.#workers].flatMap(({ pid }) => pid ?? []);
  }

  /**
   * @throws {ImageError} the bytes are at fault, or took longer than the limit.
   * @throws {CrashError} the worker died of it.
   * @throws {TransientError} the queue is full, or the pool is closing.
   */
  classify(image: Uint8Array): Promise<Answer> {
    if (this.#isClosed) return Promise.reject(new TransientError('Expected an open pool but it is closed'));
    if (this.#queue.length >= this.#options.maxQueued) {
      return Promise.reject(
        new TransientError(`Expected at most ${this.#options.maxQueued} images in the queue`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#jobs += 1;
      this.#queue.push({ id: this.#jobs, image, resolve, reject });
      this.#dispatch();
      this.#staff();
    });
  }

  /** Ends the workers at once; what they held is rejected as `TransientError`, for another process to do. */
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
   * One worker alone until it has settled an image or holds all that it can: on few cores a second that starts beside
   * it would only delay the first label. Then one more whenever something happens, until there are enough.
   */
  #staff(): void {
    const isNeeded = this.#hasSettled || (this.#model !== undefined && this.#queue.length > 0);
    const wanted = isNeeded ? this.#options.workers : 1;
    if (!this.#isClosed && this.#workers.size < wanted) this.#hire();
  }

  #hire(): void {
    const worker: PoolWorker<Answer> = new PoolWorker<Answer>(this.#options, {
      onReady: (model) => this.#welcome(model),
      onVacancy: () => this.#refill(),
      onGone: (orphans, startFailure) => this.#replace(worker, { orphans, startFailure }),
    });
    this.#workers.add(worker);
  }

  #welcome(model: ModelRef): void {
    const isFirst = this.#model === undefined;
    this.#model = model;
    this.#dispatch();
    this.#staff();
    if (isFirst) this.#startListener.onStarted(this);
  }

  #refill(): void {
    this.#hasSettled = true;
    this.#dispatch();
    this.#staff();
  }

  /** To whoever has least to do: an idle worker before one that would only hold it. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const [freest] = [...this.#workers].sort((a, b) => b.vacancies - a.vacancies);
      if (freest === undefined || freest.vacancies === 0) return;
      const job = this.#queue.shift();
      if (job !== undefined) freest.assign(job);
    }
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
      this.#staff();
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
