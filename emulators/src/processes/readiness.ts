/** Waiting for a process to do its work, and what it has to say where it never did. */
import { readFile } from 'node:fs/promises';
import { type Child, describeExit } from './child.js';
import { pause } from './pause.js';

const LAST_LINES = 5;

export interface Patience {
  /** Resolves once the process does its work; rejects or returns when the signal is aborted. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>;
  readonly timeoutMs: number;
  /** Aborted where the process is to stop. */
  readonly stopping: AbortSignal;
}

/** @returns undefined once the process is ready, otherwise what came in between */
export async function failureToBecomeReady(
  child: Child,
  { untilReady, timeoutMs, stopping }: Patience,
): Promise<string | undefined> {
  const waiting = new AbortController();
  const signal = AbortSignal.any([waiting.signal, stopping]);
  try {
    return await Promise.race([
      untilReady(signal).then(
        () => (signal.aborted ? 'a stop' : undefined),
        (error: unknown) => String(error),
      ),
      child.exited.then(describeExit),
      pause(timeoutMs, signal).then(() => (signal.aborted ? 'a stop' : `silence for ${timeoutMs} ms`)),
    ]);
  } finally {
    waiting.abort();
  }
}

export async function lastWords(logFile: string): Promise<string> {
  const written = await readFile(logFile, 'utf8').catch(() => '');
  return written.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}
