/** Identifies a process. A process id alone is not enough: it is used again after a while, in a container after every restart. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const processIdentity = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks from the start of the system to the start of the process; absent if there is no /proc. */
  startedAtTick: z.string().optional(),
});

export type ProcessIdentity = z.infer<typeof processIdentity>;

const FIELD_OF_START = 19;

export function identityOf(pid: number): ProcessIdentity {
  const startedAtTick = startTickOf(pid);
  return startedAtTick === undefined ? { pid } : { pid, startedAtTick };
}

export function isAlive({ pid, startedAtTick }: ProcessIdentity): boolean {
  const now = startTickOf(pid);
  if (now !== undefined && startedAtTick !== undefined) return now === startedAtTick;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user exists too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, counted after the name, which may hold any character. */
function startTickOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[FIELD_OF_START];
  } catch {
    return undefined;
  }
}
