/**
 * Keeps one process up. Its life:
 *
 *     stopped --start--> starting --ready--> up --exit--> waiting (backoff) --> starting ...
 *        ^                  |                 |              |
 *        +------stop--------+-----------------+--------------+
 *
 * The first start must succeed: a process that ends or stays silent before it was ever ready is a fault of the
 * caller (a taken port, a wrong file) and is thrown. Afterwards each exit that nobody asked for is followed by
 * a new start, later each time, until one run has lasted `stableAfterMs`.
 */
import { UnavailableError } from '@hangtag/shared/errors.js';
import { backoff } from './backoff.js';
import { type Child, type ChildExit, startChild } from './child.js';
import { pause } from './pause.js';
import { failureToBecomeReady, lastWords } from './readiness.js';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  /** Asked anew before each start, so that a restart can differ (say, import what was saved meanwhile). */
  readonly args: () => readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
  /** Resolves once the process does its work; rejects or returns when the signal is aborted. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>;
  /** Last words with the living process before it is told to stop. */
  readonly beforeStop?: () => Promise<void>;
  readonly onChange?: (change: ProcessChange) => void;
  readonly timing?: Partial<ProcessTiming>;
}

export interface ProcessTiming {
  readonly readyTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly stableAfterMs: number;
}

export type ProcessChange =
  | { readonly kind: 'ready'; readonly name: string; readonly pid: number; readonly startMs: number }
  | { readonly kind: 'exited'; readonly name: string; readonly exit: ChildExit }
  | { readonly kind: 'start-failed'; readonly name: string; readonly error: Error };

const DEFAULT_TIMING: ProcessTiming = {
  readyTimeoutMs: 30_000,
  stopGraceMs: 5_000,
  minBackoffMs: 100,
  maxBackoffMs: 5_000,
  stableAfterMs: 10_000,
};

/** The process never became ready. The message ends with the last lines it wrote. */
export class ProcessNotReady extends UnavailableError {}

/** Starts a process and resolves once it is ready. @throws ProcessNotReady */
export async function supervise(spec: ProcessSpec): Promise<SupervisedProcess> {
  const supervised = new SupervisedProcess(spec);
  await supervised.start();
  return supervised;
}

export class SupervisedProcess {
  readonly #spec: ProcessSpec;
  readonly #timing: ProcessTiming;
  #child: Child | undefined;
  #stopping = new AbortController();
  #starting: Promise<Child> | undefined;
  #upkeep: Promise<void> | undefined;
  #restarts = 0;

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
    this.#timing = { ...DEFAULT_TIMING, ...spec.timing };
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Of the run that lives now; undefined while none does. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** How often the process came back after an exit that nobody asked for. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Does nothing where the process is already kept up. @throws ProcessNotReady */
  async start(): Promise<void> {
    if (this.#starting !== undefined) return;
    this.#stopping = new AbortController();
    this.#starting = this.#launch();
    try {
      this.#upkeep = this.#keepUp(await this.#starting);
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }

  /**
   * Ends the process and its whole group, for good or until the next `start`.
   *
   * @throws what `beforeStop` throws, after the process has ended
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting?.catch(() => undefined);
    try {
      if (this.#child !== undefined) await this.#spec.beforeStop?.();
    } finally {
      await this.#child?.stop(this.#timing.stopGraceMs);
      await this.#upkeep;
      this.#starting = undefined;
      this.#upkeep = undefined;
    }
  }

  /** Kills the present run without warning, as a crash does; it is started again. */
  crash(): void {
    this.#child?.signal('SIGKILL');
  }

  async #keepUp(first: Child): Promise<void> {
    let child: Child | undefined = first;
    let failures = 0;
    const signal = this.#stopping.signal;
    for (;;) {
      const upSince = performance.now();
      const exit: ChildExit | undefined = await child?.exited;
      this.#child = undefined;
      if (signal.aborted) return;
      if (exit !== undefined) this.#spec.onChange?.({ kind: 'exited', name: this.name, exit });
      failures = performance.now() - upSince >= this.#timing.stableAfterMs ? 1 : failures + 1;
      const { minBackoffMs: min, maxBackoffMs: max } = this.#timing;
      await pause(backoff(failures, { min, max }), signal);
      if (signal.aborted) return;
      child = await this.#relaunch();
    }
  }

  async #relaunch(): Promise<Child | undefined> {
    try {
      const child = await this.#launch();
      this.#restarts += 1;
      return child;
    } catch (error) {
      if (!(error instanceof ProcessNotReady)) throw error;
      if (!this.#stopping.signal.aborted)
        this.#spec.onChange?.({ kind: 'start-failed', name: this.name, error });
      return undefined;
    }
  }

  async #launch(): Promise<Child> {
    const startedAt = performance.now();
    const child = startChild({ ...this.#spec, args: this.#spec.args() });
    this.#child = child;
    const failure = await failureToBecomeReady(child, {
      untilReady: this.#spec.untilReady,
      timeoutMs: this.#timing.readyTimeoutMs,
      stopping: this.#stopping.signal,
    });
    if (failure !== undefined) {
      await child.stop(this.#timing.stopGraceMs);
      this.#child = undefined;
      throw new ProcessNotReady(
        `Expected ${this.name} to become ready but received ${failure}\n${await lastWords(this.#spec.logFile)}`,
      );
    }
    const startMs = Math.round(performance.now() - startedAt);
    this.#spec.onChange?.({ kind: 'ready', name: this.name, pid: child.pid ?? 0, startMs });
    return child;
  }
}
