/**
 * Keeps one process running. Its states:
 *
 *     stopped --start--> starting --ready--> up --exit--> waiting (backoff) --> starting ...
 *        ^                  |                 |              |
 *        +------stop--------+-----------------+--------------+
 *
 * The first start must succeed: a process that exits or stays silent before it was ready has a wrong configuration (a
 * taken port, a wrong file), and this is thrown. After that, each unexpected exit is followed by a restart. The wait
 * before a restart grows until one run has lasted `stableAfterMs`.
 */
import { UnavailableError } from '@hangtag/shared/errors.js';
import { backoff, pause } from './backoff.js';
import { type Child, type ChildExit, startChild } from './child.js';
import { failureToBecomeReady, lastLines } from './readiness.js';

export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  /** Called before each start, so that a restart can have other arguments (for example, to import saved data). */
  readonly args: () => readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
  /** Resolves when the process is ready. Rejects or returns when the signal is aborted. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>;
  /** Called before a running process is stopped. */
  readonly beforeStop?: () => Promise<void>;
  /** Called after a running process was stopped. */
  readonly afterStop?: (exit: ChildExit) => Promise<void>;
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

const LOG_LINES = 5;
const DEFAULT_TIMING: ProcessTiming = {
  // An emulator needs two seconds, and on two busy cores it was seen to need more than 30.
  readyTimeoutMs: 60_000,
  stopGraceMs: 5_000,
  minBackoffMs: 100,
  maxBackoffMs: 5_000,
  stableAfterMs: 10_000,
};

/** The process did not become ready. The message ends with the last lines of its log. */
export class ProcessNotReady extends UnavailableError {}

/** Starts a process. Resolves when it is ready. @throws ProcessNotReady */
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
  #restarting: Promise<void> | undefined;
  #restarts = 0;

  constructor(spec: ProcessSpec) {
    this.#spec = spec;
    this.#timing = { ...DEFAULT_TIMING, ...spec.timing };
  }

  get name(): string {
    return this.#spec.name;
  }

  /** Undefined while the process does not run. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** The number of restarts after unexpected exits. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Does nothing when the process is already supervised. @throws ProcessNotReady */
  async start(): Promise<void> {
    if (this.#starting !== undefined) return;
    this.#stopping = new AbortController();
    this.#starting = this.#launch();
    try {
      this.#restarting = this.#restartOnExit(await this.#starting);
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }

  /**
   * Stops the process and its whole group until the next `start`.
   *
   * @throws what `beforeStop` throws, after the process has ended
   */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#starting?.catch(() => undefined);
    try {
      if (this.#child !== undefined) await this.#spec.beforeStop?.();
    } finally {
      const exit = await this.#child?.stop(this.#timing.stopGraceMs);
      await this.#restarting;
      if (exit !== undefined) await this.#spec.afterStop?.(exit);
      this.#starting = undefined;
      this.#restarting = undefined;
    }
  }

  /** Kills the process with SIGKILL, as a crash would. It is restarted. */
  crash(): void {
    this.#child?.signal('SIGKILL');
  }

  async #restartOnExit(first: Child): Promise<void> {
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
      const log = (await lastLines(this.#spec.logFile, LOG_LINES)).join('\n');
      throw new ProcessNotReady(`Expected ${this.name} to become ready but received ${failure}\n${log}`);
    }
    const startMs = Math.round(performance.now() - startedAt);
    this.#spec.onChange?.({ kind: 'ready', name: this.name, pid: child.pid ?? 0, startMs });
    return child;
  }
}
