import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type ProcessState, processStateOf } from './process-state.js';
import type { ClassifyMessage, StartMessage, WorkerMessage } from './protocol.js';

/** Which program a worker runs. */
export interface WorkerProgram {
  readonly entry: URL;
  /** Sent to it as its first message. */
  readonly start: StartMessage<unknown>;
}

export interface WorkerListener {
  onMessage(message: WorkerMessage): void;
  /** Called once, when the process has ended; says how, with the last lines of its standard error. */
  onExit(report: string): void;
}

const STDERR_TAIL_CHARACTERS = 2_000;

/**
 * Worker processes decode strangers' bytes, so they get these variables of their parent and no others: no secrets of
 * alerts, no Google credentials.
 */
const INHERITED =
  /^(?:PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SystemRoot|LD_LIBRARY_PATH|NODE_ENV|NODE_OPTIONS|NODE_V8_COVERAGE)$/;

/**
 * glibc gives every thread an arena of its own, and keeps what was freed in it. A worker decodes in one thread and
 * infers in another: two arenas are enough for both, and its resident size stays constant.
 */
const MEMORY_SETTINGS = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

/**
 * A worker's heap holds little but the libraries, since pictures lie outside it, and is kept from growing: 142 MB became
 * 113 MB after 800 pictures, at the same processor time. TensorFlow.js fits as well. `serve.ts` decides when to collect.
 */
const HEAP_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--expose-gc'];

/** One child process, seen from its parent. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #stderrTail = '';

  constructor({ entry, start }: WorkerProgram, listener: WorkerListener) {
    this.#child = fork(fileURLToPath(entry), {
      serialization: 'advanced',
      // Without the parent's flags: two processes cannot have the same debugger port.
      execArgv: HEAP_FLAGS,
      env: { ...inheritedEnvironment(process.env), ...MEMORY_SETTINGS },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    this.#child.on('message', (message: WorkerMessage) => listener.onMessage(message));
    this.#send(start);
    // Sending to a process that is ending fails; its exit follows and is reported.
    this.#child.on('error', () => {});
    this.#child.once('close', (code, signal) => {
      const how = signal === null ? `code ${code}` : `signal ${signal}`;
      listener.onExit(`The worker process ended with ${how}. ${this.#stderrTail}`.trim());
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @returns undefined if the system does not say */
  get state(): ProcessState | undefined {
    return processStateOf(this.pid);
  }

  send(id: number, image: Uint8Array): void {
    this.#send({ id, image });
  }

  #send(message: StartMessage<unknown> | ClassifyMessage): void {
    this.#child.send(message, () => {});
  }

  /** Ends it at once, whatever native code it runs. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function inheritedEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => INHERITED.test(name)));
}
