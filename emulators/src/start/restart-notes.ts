/** Prints why a process of the stack has ended or cannot start, with the last error of its log. Each message is printed once. */
import { join, resolve } from 'node:path';
import { describeExit } from '../processes/child.js';
import { lastLines } from '../processes/readiness.js';
import type { ProcessChange } from '../processes/supervisor.js';
import type { StackRequest } from './stack.js';

const LAST_LINES = 40;
const LONGEST = 500;

export function restartNotes({
  dataDir,
  say,
}: Pick<StackRequest, 'dataDir' | 'say'>): (change: ProcessChange) => void {
  const said = new Set<string>();
  return (change) => {
    if (change.kind === 'ready') return;
    const logFile = join(resolve(dataDir), 'logs', `${change.name}.log`);
    const what =
      change.kind === 'exited'
        ? `ended (${describeExit(change.exit)}) and is started again`
        : 'does not start';
    void reasonIn(logFile).then((reason) => {
      const note = `${change.name} ${what}: ${reason ?? 'its log gives no reason'}`;
      if (said.has(note)) return;
      said.add(note);
      say(`${note}. Log: ${logFile}`);
    });
  };
}

/** The last error in a log: the message of a JSON line of severity ERROR or higher, otherwise a line such as `TypeError: ...`. */
export async function reasonIn(logFile: string): Promise<string | undefined> {
  for (const line of (await lastLines(logFile, LAST_LINES)).toReversed()) {
    const reason = messageOf(line) ?? /^\s*(?:\w*Error|Uncaught).*$/.exec(line)?.[0];
    if (reason !== undefined)
      return reason
        .trim()
        .replaceAll(/\s*\n\s*/g, '; ')
        .slice(0, LONGEST);
  }
  return undefined;
}

const SEVERE: ReadonlySet<unknown> = new Set(['ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY']);

function messageOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { severity, message, error } = JSON.parse(line);
    if (!SEVERE.has(severity)) return undefined;
    return (
      [message, error?.message ?? error].filter((part) => typeof part === 'string').join(': ') || undefined
    );
  } catch {
    return undefined;
  }
}
