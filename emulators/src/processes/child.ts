/**
 * One run of one child process, in its own process group. A signal reaches the child and everything it started. A Ctrl-C
 * in the terminal reaches only the parent, which then stops the children in order. The output goes directly to a file.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as timer } from 'node:timers/promises';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
}

/** How a process ended: with an exit code, by a signal, or because it could not be started. */
export type ChildExit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'spawn-failed'; readonly error: Error };

export interface Child {
  /** Undefined when the process could not be started. */
  readonly pid: number | undefined;
  /** Resolves after the process and its guardian have ended. Never rejects. */
  readonly exited: Promise<ChildExit>;
  signal(name: NodeJS.Signals): void;
  /** Sends SIGTERM, and SIGKILL after the grace period. */
  stop(graceMs: number): Promise<ChildExit>;
}

/** Starts a process and appends its standard output and error to its log file. */
export function startChild(spec: ChildCommand): Child {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  const child = spawn(spec.command, [...spec.args], {
    cwd: spec.cwd,
    env: spec.env,
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { pid } = child;
  const release = pid === undefined ? undefined : guardGroup(pid);
  const signal = (name: NodeJS.Signals) => pid !== undefined && signalGroup(pid, name);
  const exited = exitOf(child).then(async (exit) => {
    signal('SIGKILL');
    await release?.();
    return exit;
  });
  return { pid, exited, signal, stop: (graceMs) => stopChild({ exited, signal }, graceMs) };
}

async function stopChild(child: Pick<Child, 'exited' | 'signal'>, graceMs: number): Promise<ChildExit> {
  const grace = new AbortController();
  child.signal('SIGTERM');
  void timer(graceMs, undefined, { signal: grace.signal }).then(
    () => child.signal('SIGKILL'),
    () => undefined,
  );
  const exit = await child.exited;
  grace.abort();
  return exit;
}

function exitOf(child: ChildProcess): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ kind: 'spawn-failed', error }));
    child.once('exit', (code, signal) =>
      resolve(signal === null ? { kind: 'code', code: code ?? 0 } : { kind: 'signal', signal }),
    );
  });
}

function signalGroup(groupId: number, name: NodeJS.Signals): void {
  try {
    process.kill(-groupId, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const STOP_GROUP_WHEN_PARENT_ENDS = `
read _
kill -s TERM -- "-$1" 2>/dev/null || exit 0
for second in 1 2 3 4 5 6 7 8 9 10; do
  kill -s 0 -- "-$1" 2>/dev/null || exit 0
  sleep 1
done
kill -s KILL -- "-$1" 2>/dev/null
`;

/**
 * A parent that is killed with SIGKILL cannot stop its children. So each process group has a guardian: a shell that reads
 * from a pipe whose other end only the parent holds. When the parent ends for any reason, the kernel closes the pipe, the
 * read returns, and the shell stops the group. A shell takes 1 MB, a Node.js process 40 MB; Linux and macOS both have one.
 *
 * @returns a function that ends the guardian
 */
function guardGroup(groupId: number): () => Promise<void> {
  const shell = spawn('/bin/sh', ['-c', STOP_GROUP_WHEN_PARENT_ENDS, 'hangtag-guardian', String(groupId)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = once(shell, 'exit');
  return async () => {
    shell.kill('SIGKILL');
    await ended;
  };
}

/** An exit as text for a message. */
export function describeExit(exit: ChildExit): string {
  switch (exit.kind) {
    case 'code':
      return `exit code ${exit.code}`;
    case 'signal':
      return `signal ${exit.signal}`;
    case 'spawn-failed':
      return exit.error.message;
  }
}
