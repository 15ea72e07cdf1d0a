import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ClassifyMessage, StartMessage, WorkerMessage } from './protocol.js';

/** Which program a worker runs. */
export interface WorkerProgram {
  readonly entry: URL;
  /** Sent to it as its first message. */
  readonly start: StartMessage<unknown>;
}

export interface WorkerListener {
  onMessage(message: WorkerMessage): void;
  /** Once, when the process is gone; says how it went and the last it had to say. */
  onExit(farewell: string): void;
}

const STDERR_TAIL_CHARACTERS = 2_000;

/**
 * glibc gives every thread an arena of its own, and keeps what was freed in it. A worker decodes in one thread and
 * infers in another: two arenas serve both, and its resident size stays flat.
 */
const MEMORY_SETTINGS = { MALLOC_ARENA_MAX: '2', UV_THREADPOOL_SIZE: '2' };

/** A worker speaks with its parent alone. Node 20 reads these at its start, 40 ms for those that a system comes with. */
const NO_CERTIFICATES = { NODE_EXTRA_CA_CERTS: undefined };

/**
 * A worker's heap holds little but the libraries, since pictures lie outside it, and is kept from growing: 142 MB became
 * 113 MB after 800 pictures, at the same processor time. TensorFlow.js fits as well. The worker itself says when to collect.
 */
const HEAP_FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=64', '--expose-gc'];

/** One child process, seen from its parent. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #stderrTail = '';

  constructor({ entry, start }: WorkerProgram, listener: WorkerListener) {
    this.#child = fork(fileURLToPath(entry), {
      serialization: 'advanced',
      // Nothing of the parent's flags: a debugger's port can be had once.
      execArgv: HEAP_FLAGS,
      env: { ...process.env, ...MEMORY_SETTINGS, ...NO_CERTIFICATES },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = (this.#stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    this.#child.on('message', (message: WorkerMessage) => listener.onMessage(message));
    this.#say(start);
    // Sending to a process that is just dying fails; its exit, which follows, says all there is to say.
    this.#child.on('error', () => {});
    this.#child.once('close', (code, signal) => {
      const how = signal === null ? `code ${code}` : `signal ${signal}`;
      listener.onExit(`The worker process ended with ${how}. ${this.#stderrTail}`.trim());
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(id: number, image: Uint8Array): void {
    this.#say({ id, image });
  }

  #say(message: StartMessage<unknown> | ClassifyMessage): void {
    this.#child.send(message, () => {});
  }

  /** At once, whatever native code it is in. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
