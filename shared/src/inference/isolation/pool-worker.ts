import { performance } from 'node:perf_hooks';
import type { ModelRef } from '../../domain/record.js';
import { CrashError, ImageError, ModelError } from '../../errors.js';
import { processorTimeMs } from './processor-time.js';
import type { ResultMessage, WorkerMessage } from './protocol.js';
import { WorkerProcess, type WorkerProgram } from './worker-process.js';

/** One image on its way through the pool. */
export interface Job<Answer> {
  readonly id: number;
  readonly image: Uint8Array;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export interface PoolWorkerOptions extends WorkerProgram {
  /**
   * For one image, from the moment that its worker turns to it: of processor time where the system tells it (Linux), so
   * that no image is blamed for a busy machine, and of time by the clock where it does not.
   */
  readonly timeLimitMs: number;
  readonly startTimeLimitMs: number;
}

export interface PoolWorkerListener<Answer> {
  onReady(model: ModelRef): void;
  /** There is room for another job. */
  onVacancy(): void;
  /** The process is gone. `orphans` were not at work in it; `startFailure` says why it was never ready. */
  onGone(orphans: readonly Job<Answer>[], startFailure: Error | undefined): void;
}

/** The head, at work, and one image sent ahead, so that the worker need not wait for bytes. */
const CAPACITY = 2;
/** So many limits by the clock are the end, however little processor time was used: a decoder can hang asleep. */
const PATIENCE = 4;

/**
 * One worker and the jobs that it holds:
 *
 *     starting --ready--> idle <--> at work on jobs[0] --> gone
 *         \__ died, or not ready in time ________________/
 *
 * Results come in the order of the jobs, so a death or an overrun is always the head's doing.
 */
export class PoolWorker<Answer> {
  readonly #options: PoolWorkerOptions;
  readonly #listener: PoolWorkerListener<Answer>;
  readonly #process: WorkerProcess;
  readonly #jobs: Job<Answer>[] = [];
  #isReady = false;
  #timer: NodeJS.Timeout | undefined;
  #headSince: Clocks = { wallMs: 0, processorMs: undefined };
  #verdict: Error | undefined;

  constructor(options: PoolWorkerOptions, listener: PoolWorkerListener<Answer>) {
    this.#options = options;
    this.#listener = listener;
    this.#process = new WorkerProcess(options, {
      onMessage: (message) => this.#hear(message as WorkerMessage<Answer>),
      onExit: (farewell) => this.#bury(farewell),
    });
    const { startTimeLimitMs } = options;
    this.#startTimer(startTimeLimitMs, () =>
      this.kill(new Error(`Expected a worker within ${startTimeLimitMs} ms`)),
    );
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Jobs that it could take now. */
  get vacancies(): number {
    return this.#isReady && this.#verdict === undefined ? CAPACITY - this.#jobs.length : 0;
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

  #hear(message: WorkerMessage<Answer>): void {
    switch (message.kind) {
      case 'ready':
        this.#isReady = true;
        clearTimeout(this.#timer);
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
    clearTimeout(this.#timer);
    if (this.#jobs.length > 0) this.#turnToHead();
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
    this.#headSince = clocksOf(this.#process);
    this.#startTimer(this.#options.timeLimitMs, () => this.#judgeHead());
  }

  #judgeHead(): void {
    const { timeLimitMs } = this.#options;
    const now = clocksOf(this.#process);
    const waitedMs = now.wallMs - this.#headSince.wallMs;
    const usedMs = (now.processorMs ?? Number.POSITIVE_INFINITY) - (this.#headSince.processorMs ?? 0);
    if (usedMs >= timeLimitMs || waitedMs >= timeLimitMs * PATIENCE) {
      this.kill(new ImageError('too-slow', `Expected a label within ${timeLimitMs} ms`));
    } else {
      this.#startTimer(timeLimitMs - usedMs, () => this.#judgeHead());
    }
  }

  #startTimer(limitMs: number, onExpired: () => void): void {
    this.#timer = setTimeout(() => {
      // Where this process itself was busy, the result may lie unread in the channel: that is read first.
      const timer = this.#timer;
      setImmediate(() => {
        if (this.#timer === timer) onExpired();
      });
    }, limitMs);
  }

  #bury(farewell: string): void {
    clearTimeout(this.#timer);
    const death = this.#verdict ?? new CrashError(farewell);
    const [head, ...orphans] = this.#jobs.splice(0);
    head?.reject(death);
    this.#listener.onGone(orphans, this.#isReady ? undefined : death);
  }
}

interface Clocks {
  readonly wallMs: number;
  readonly processorMs: number | undefined;
}

function clocksOf({ pid }: WorkerProcess): Clocks {
  return { wallMs: performance.now(), processorMs: processorTimeMs(pid) };
}
