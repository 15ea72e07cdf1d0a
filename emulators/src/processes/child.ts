/**
 * One run of one child process, from spawn to exit, in a process group of its own: a signal reaches whatever
 * the child itself started, and a Ctrl-C in the terminal reaches only the parent, which then stops the
 * children in order. Its output goes to a file without passing through the parent.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as timer } from 'node:timers/promises';
import { guardGroup } from './guardian.js';

export interface ChildCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
}

/** How a process ended: with a code, by a signal, or without having begun. */
export type ChildExit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'spawn-failed'; readonly error: Error };

export interface Child {
  /** Undefined where the process could not be started at all. */
  readonly pid: number | undefined;
  /** Settles once the process and its guard are gone; never rejects. */
  readonly exited: Promise<ChildExit>;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL for what still lives after the grace. */
  stop(graceMs: number): Promise<ChildExit>;
}

/** Starts a process whose standard output and error are appended to its log file. */
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

/** An exit in words, for a message. */
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
