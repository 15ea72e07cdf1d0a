/** Waits until a process is ready, and reads the end of its log when it does not become ready. */
import { readFile } from 'node:fs/promises';
import { pause } from './backoff.js';
import { type Child, describeExit } from './child.js';

const POLL_MS = 25;

export interface ReadinessCheck {
  /** Resolves when the process is ready. Rejects or returns when the signal is aborted. */
  readonly untilReady: (signal: AbortSignal) => Promise<void>;
  readonly timeoutMs: number;
  /** Aborted when the process is to stop. */
  readonly stopping: AbortSignal;
}

/** @returns undefined when the process is ready, otherwise the reason why it is not */
export async function failureToBecomeReady(
  child: Child,
  { untilReady, timeoutMs, stopping }: ReadinessCheck,
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

/** Sends GET requests until one is answered 2xx. Returns without an error when the signal is aborted. */
export async function untilAnswering(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    if (await answers(url, signal)) return;
    await pause(POLL_MS, signal);
  }
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** The last lines of a log file; none if it cannot be read. */
export async function lastLines(logFile: string, count: number): Promise<readonly string[]> {
  const written = await readFile(logFile, 'utf8').catch(() => '');
  return written.trimEnd().split('\n').slice(-count);
}
