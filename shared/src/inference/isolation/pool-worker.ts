import { performance } from 'node:perf_hooks';
import type { ModelRef } from '../../domain/record.js';
import { CrashError, ImageError, ModelError } from '../../errors.js';
import type { DecodeDemand } from '../../imaging/decode-cost.js';
import type { ResultMessage, WorkerMessage } from './protocol.js';
import { type Assignment, WorkerProcess, type WorkerProgram } from './worker-process.js';

/** One image on its way through the pool. */
export interface Job<Answer> extends Assignment {
  readonly yields: boolean;
  readonly demand: DecodeDemand;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export interface PoolWorkerOptions extends WorkerProgram {
  /** What the workers serve, for messages. */
  readonly name: string;
  /**
   * The time limit of one image, from the start of its processing; an image with a higher demand has a higher limit. It is
   * processor time if the system measures it (Linux), so that other load on the machine does not count, and otherwise time by
   * the clock.
   */
  readonly timeLimitMs: number;
  readonly startTimeLimitMs: number;
  /** A worker that exceeds this resident size while it starts is ended, because its model needs too much memory. */
  readonly maxStartBytes: number;
}

export interface PoolWorkerListener<Answer> {
  onReady(model: ModelRef): void;
  /** Called when the worker can take another job. */
  onVacancy(): void;
  /** Called when the process has ended. @param orphans jobs that were not begun. @param startFailure why it was never ready */
  onGone(orphans: readonly Job<Answer>[], startFailure: Error | undefined): void;
}

/** The image that is being processed, and one that is sent in advance, so that the worker need not wait for its bytes. */
const CAPACITY = 2;
/** After this number of time limits by the clock, a worker is ended even if it used little processor time: a decoder can hang idle. */
const PATIENCE = 4;
const WATCH_EVERY_MS = 25;

/**
 * One worker and its jobs. The head is the job that is being processed, `jobs[0]`:
 *
 *     starting --ready--> idle <--> processing the head --> gone
 *         \__ died, or not ready in time _________________/
 *
 * - Results come in the order of the jobs, so the head is always the cause of a crash and of too much time or memory.
 * - If the system measures it (Linux), the resident size is limited: by `maxStartBytes` during the start, and by the head's limit
 *   during processing. The worker cannot check this itself while native code blocks it.
 * - A worker whose memory stays large after an image reports that this was its last one, and ends. Its other jobs go to another
 *   worker.
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
  /** The largest resident size while the head is processed. */
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

  /** The number of jobs that it has. */
  get jobs(): number {
    return this.#jobs.length;
  }

  /** The number of jobs that it can take now. */
  get vacancies(): number {
    const isWorking = this.#isReady && !this.#isRetiring && this.#verdict === undefined;
    return isWorking ? CAPACITY - this.#jobs.length : 0;
  }

  /** The sum of the memory that its jobs may need. */
  get demandedBytes(): number {
    return this.#jobs.reduce((sum, { demand }) => sum + demand.memoryBytes, 0);
  }

  assign(job: Job<Answer>): void {
    this.#jobs.push(job);
    this.#process.send(job);
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

  /** Ends the worker if a limit is exceeded, unless an answer has arrived meanwhile. */
  #watch(faultOf: () => Error | undefined): void {
    const timer = setInterval(() => {
      const fault = faultOf();
      if (fault === undefined) return;
      // If this process was busy, an answer may be waiting in the channel, so it is read first.
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

/** The measured state of a worker. */
interface Reading {
  readonly wallMs: number;
  readonly processorMs: number | undefined;
  readonly residentBytes: number;
}
