import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Extras } from '../../ports/classifier.js';
import { type ProcessState, ProcessStateReader } from './process-state.js';
import type { ClassifyMessage, StartMessage, WorkerMessage } from './protocol.js';

/** The program of a worker. */
export interface WorkerProgram {
  readonly entry: URL;
  /** Sent to it as its first message. */
  readonly start: StartMessage<unknown>;
  readonly spare?: SpareWorker | undefined;
}

/** An image and what a worker must know about it. */
export interface Assignment {
  readonly id: number;
  readonly image: Uint8Array;
  readonly extras: Extras;
}

export interface WorkerListener {
  onMessage(message: WorkerMessage): void;
  /** Called once, when the process has ended; says how, with the last lines of its standard error. */
  onExit(report: string): void;
}

const STDERR_TAIL_CHARACTERS = 2_000;

/**
 * Worker processes decode untrusted bytes, so they get only these variables of their parent: no secrets of alerts and no
 * Google credentials.
 */
const INHERITED =
  /^(?:PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|LD_LIBRARY_PATH|NODE_ENV|NODE_OPTIONS|NODE_V8_COVERAGE)$/;

/**
 * By default, glibc has an arena for each thread and keeps freed memory in it. A worker decodes in one thread and infers in
 * another, so two arenas are enough, and the resident size stays constant.
 */
const MEMORY_SETTINGS = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

/**
 * Limits the heap of a worker, which mainly contains the libraries, because pictures are outside of it. After 800 pictures the
 * process has 113 MB instead of 142 MB, with the same processor time. The limit is also enough for TensorFlow.js. `serve.ts`
 * starts collections.
 */
const HEAP_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--expose-gc'];

function forkWorker(entry: URL): ChildProcess {
  const child = fork(fileURLToPath(entry), {
    serialization: 'advanced',
    // Without the parent's flags: two processes cannot have the same debugger port.
    execArgv: HEAP_FLAGS,
    env: { ...inheritedEnvironment(process.env), ...MEMORY_SETTINGS },
    stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
  });
  // Sending to a process that is ending fails; its exit follows and is reported.
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  return child;
}

/**
 * A process that is started before its settings are known: it loads its libraries on another core while its parent loads the rest.
 * The first worker of the program takes it.
 */
export class SpareWorker {
  readonly pid: number | undefined;
  #child: ChildProcess | undefined;

  constructor(entry: URL) {
    this.#child = forkWorker(entry);
    this.pid = this.#child.pid;
  }

  /** @returns undefined if it was taken before, or has ended */
  take(): ChildProcess | undefined {
    const child = this.#child;
    this.#child = undefined;
    return child?.pid !== undefined && child.connected ? child : undefined;
  }

  /** Ends the process if it was not taken. */
  close(): void {
    this.take()?.kill('SIGKILL');
  }
}

/** The parent's side of one child process. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #state: ProcessStateReader;
  #stderrTail = '';

  constructor({ entry, start, spare }: WorkerProgram, listener: WorkerListener) {
    this.#child = spare?.take() ?? forkWorker(entry);
    this.#state = new ProcessStateReader(this.#child.pid);
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    this.#child.on('message', (message: WorkerMessage) => listener.onMessage(message));
    this.#send(start);
    this.#child.once('close', (code, signal) => {
      this.#state.close();
      const how = signal === null ? `code ${code}` : `signal ${signal}`;
      listener.onExit(`The worker process ended with ${how}. ${this.#stderrTail}`.trim());
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @returns undefined if the system does not report it */
  get state(): ProcessState | undefined {
    return this.#state.read();
  }

  /** `image` must not change until its answer has come. */
  send({ id, image, extras }: Assignment): void {
    this.#send({ id, imageBytes: image.length, extras });
    this.#child.stdin?.write(image);
  }

  #send(message: StartMessage<unknown> | ClassifyMessage): void {
    this.#child.send(message, () => {});
  }

  /** Ends the process immediately, even if native code blocks it. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function inheritedEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => INHERITED.test(name)));
}
