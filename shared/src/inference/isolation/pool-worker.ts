import { performance } from 'node:perf_hooks';
import type { ModelRef } from '../../domain/record.js';
import { CrashError, ImageError, ModelError } from '../../errors.js';
import type { DecodeDemand } from '../../imaging/decode-cost.js';
import type { ResultMessage, WorkerMessage } from './protocol.js';
import { WorkerProcess, type WorkerProgram } from './worker-process.js';

/** One image on its way through the pool. */
export interface Job<Answer> {
  readonly id: number;
  readonly image: Uint8Array;
  readonly demand: DecodeDemand;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export interface PoolWorkerOptions extends WorkerProgram {
  /** What the workers serve, for messages. */
  readonly name: string;
  /**
   * For one image, from the moment that its worker turns to it; an image that demands more gets more. It is processor
   * time where the system measures it (Linux), so that a busy machine is not the image's fault, and time by the clock
   * where it does not.
   */
  readonly timeLimitMs: number;
  readonly startTimeLimitMs: number;
  /** Resident size at which a worker that is starting is ended: its model needs too much. */
  readonly maxStartBytes: number;
}

export interface PoolWorkerListener<Answer> {
  onReady(model: ModelRef): void;
  /** There is room for another job. */
  onVacancy(): void;
  /** The process has ended. `orphans` were not begun; `startFailure` says why it was never ready. */
  onGone(orphans: readonly Job<Answer>[], startFailure: Error | undefined): void;
}

/** The head, which is in work, and one image sent ahead, so that the worker need not wait for bytes. */
const CAPACITY = 2;
/** After so many time limits by the clock a worker is ended, however little processor time it used: decoders can hang asleep. */
const PATIENCE = 4;
const WATCH_EVERY_MS = 25;

/**
 * One worker and the jobs that it holds:
 *
 *     starting --ready--> idle <--> at work on jobs[0] --> gone
 *         \__ died, or not ready in time ________________/
 *
 * - Results come in the order of the jobs, so a death, and too much time or memory, is always the head's fault.
 * - Where the system measures it (Linux), the resident size is watched: while starting against `maxStartBytes`, at work
 *   against what the head may need. The worker could not do this itself while native code blocks it.
 * - A worker that stays large after an image says that this was its last, and ends; its jobs go to another.
 */
export class PoolWorker<Answer> {
  readonly #options: PoolWorkerOptions;
  readonly #listener: PoolWorkerListener<Answer>;
  readonly #process: WorkerProcess;
  readonly #jobs: Job<Answer>[] = [];
  #isReady = false;
  #isRetiring = false;
  #timer: NodeJS.Timeout | undefined;
  #since: Reading = { wallMs: performance.now(), processorMs: 0, residentBytes: 0 };
  /** Largest resident size that the head may have. */
  #headLimitBytes = 0;
  #idleBytes = 0;
  #verdict: Error | undefined;

  constructor(options: PoolWorkerOptions, listener: PoolWorkerListener<Answer>) {
    this.#options = options;
    this.#listener = listener;
    this.#process = new WorkerProcess(options, {
      onMessage: (message) => this.#onMessage(message as WorkerMessage<Answer>),
      onExit: (report) => this.#onExit(report),
    });
    this.#watch(() => this.#startFault());
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Jobs that it could take now. */
  get vacancies(): number {
    const isWorking = this.#isReady && !this.#isRetiring && this.#verdict === undefined;
    return isWorking ? CAPACITY - this.#jobs.length : 0;
  }

  /** What its jobs may need, together. */
  get demandedBytes(): number {
    return this.#jobs.reduce((sum, { demand }) => sum + demand.memoryBytes, 0);
  }

  assign(job: Job<Answer>): void {
    this.#jobs.push(job);
    this.#process.send(job.id, job.image);
    if (this.#jobs.length === 1) this.#turnToHead();
  }

  /** Ends it at once. Its head is rejected with `verdict`. */
  kill(verdict: Error): void {
    this.#verdict ??= verdict;
    this.#process.kill();
  }

  #onMessage(message: WorkerMessage<Answer>): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        clearInterval(this.#timer);
        this.#idleBytes = this.#read().residentBytes;
        this.#listener.onReady(message.model);
        return;
      case 'model-fault':
        this.#verdict ??= new ModelError(message.model, message.faults);
        return;
      case 'not-started':
        this.#verdict ??= new Error(message.stack);
        return;
      default:
        this.#settleHead(message);
    }
  }

  #settleHead(result: ResultMessage<Answer>): void {
    const job = this.#jobs.shift();
    clearInterval(this.#timer);
    this.#isRetiring = result.isLast;
    if (this.#jobs.length > 0 && !this.#isRetiring) this.#turnToHead();
    if (job?.id !== result.id)
      throw new Error(`Expected the result of ${job?.id} but received that of ${result.id}`);
    switch (result.kind) {
      case 'answered':
        job.resolve(result.answer);
        break;
      case 'rejected':
        job.reject(new ImageError(result.code, result.message));
        break;
      case 'failed':
        job.reject(new Error(`Expected an answer or a rejection but the worker threw: ${result.stack}`));
    }
    this.#listener.onVacancy();
  }

  #turnToHead(): void {
    const [head] = this.#jobs;
    if (head === undefined) return;
    this.#since = this.#read();
    const ahead = this.#jobs.slice(1).reduce((sum, { image }) => sum + image.length, 0);
    this.#headLimitBytes =
      this.#idleBytes + this.#options.start.maxRetainedBytes + head.demand.memoryBytes + ahead;
    this.#watch(() => this.#headFault(head));
  }

  #startFault(): Error | undefined {
    const { name, maxStartBytes, startTimeLimitMs } = this.#options;
    const now = this.#read();
    if (now.residentBytes > maxStartBytes) {
      const expected = `at most ${maxStartBytes} bytes of memory to load it`;
      return new ModelError(name, [{ at: 'memory', expected, received: `${now.residentBytes}` }]);
    }
    const isLate = now.wallMs - this.#since.wallMs >= startTimeLimitMs;
    return isLate ? new Error(`Expected a worker within ${startTimeLimitMs} ms`) : undefined;
  }

  #headFault({ demand }: Job<Answer>): Error | undefined {
    const now = this.#read();
    if (now.residentBytes > this.#headLimitBytes) {
      return new ImageError(
        'too-large-to-decode',
        `Expected at most ${demand.memoryBytes} bytes of memory for the image but its worker grew beyond them`,
      );
    }
    const limitMs = Math.max(this.#options.timeLimitMs, demand.decodeMs);
    const waitedMs = now.wallMs - this.#since.wallMs;
    const usedMs =
      now.processorMs === undefined ? waitedMs : now.processorMs - (this.#since.processorMs ?? 0);
    const isSlow = usedMs >= limitMs || waitedMs >= limitMs * PATIENCE;
    return isSlow ? new ImageError('too-slow', `Expected a label within ${limitMs} ms`) : undefined;
  }

  /** Ends the worker with the fault that is found, unless an answer has arrived meanwhile. */
  #watch(faultOf: () => Error | undefined): void {
    const timer = setInterval(() => {
      const fault = faultOf();
      if (fault === undefined) return;
      // Where this process itself was busy, the answer may be in the channel: it is read first.
      setImmediate(() => {
        if (this.#timer !== timer) return;
        clearInterval(timer);
        this.kill(fault);
      });
    }, WATCH_EVERY_MS);
    this.#timer = timer;
  }

  #read(): Reading {
    const state = this.#process.state;
    return {
      wallMs: performance.now(),
      processorMs: state?.processorMs,
      residentBytes: state?.residentBytes ?? 0,
    };
  }

  #onExit(report: string): void {
    clearInterval(this.#timer);
    const jobs = this.#jobs.splice(0);
    const death = this.#verdict ?? new CrashError(report);
    if (!this.#isRetiring || this.#verdict !== undefined) jobs.shift()?.reject(death);
    this.#listener.onGone(jobs, this.#isReady ? undefined : death);
  }
}

/** What is measured of a worker. */
interface Reading {
  readonly wallMs: number;
  readonly processorMs: number | undefined;
  readonly residentBytes: number;
}
