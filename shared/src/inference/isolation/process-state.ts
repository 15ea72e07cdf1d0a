import { readFileSync } from 'node:fs';

/** The state of a running process, by the system. */
export interface ProcessState {
  /** Processor time of all its threads. */
  readonly processorMs: number;
  readonly residentBytes: number;
}

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock does (proc(5), USER_HZ). */
const MS_PER_TICK = 10;
const PAGE_BYTES = 4_096;

/** @returns undefined if the process has ended, and on systems without `/proc` */
export function processStateOf(pid: number | undefined): ProcessState | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the name in brackets, which can contain any character. Fields 14 and 15 are user and system time,
    // field 24 is the number of resident pages.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const pages = Number(fields[21]);
    if (!Number.isFinite(ticks) || !Number.isFinite(pages)) return undefined;
    return { processorMs: ticks * MS_PER_TICK, residentBytes: pages * PAGE_BYTES };
  } catch {
    return undefined;
  }
}
