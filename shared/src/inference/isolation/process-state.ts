import { closeSync, openSync, readSync } from 'node:fs';

/** The state of a running process, by the system. */
export interface ProcessState {
  /** Processor time of all its threads. */
  readonly processorMs: number;
  readonly residentBytes: number;
}

/** Linux counts processor time in hundredths of a second, whatever the kernel's own clock does (proc(5), USER_HZ). */
const MS_PER_TICK = 10;
const PAGE_BYTES = 4_096;
/** The fields that are needed are within the first 400 bytes. */
const MOST_BYTES = 1_024;

/** @returns undefined if the process has ended, and on systems without `/proc` */
export function processStateOf(pid: number | undefined): ProcessState | undefined {
  const reader = new ProcessStateReader(pid);
  try {
    return reader.read();
  } finally {
    reader.close();
  }
}

/** Reads the state of one process again and again. The file stays open, because opening it takes longer than reading it. */
export class ProcessStateReader {
  readonly #bytes = Buffer.alloc(MOST_BYTES);
  #file: number | undefined;

  constructor(pid: number | undefined) {
    try {
      this.#file = openSync(`/proc/${pid}/stat`, 'r');
    } catch {
      // No such process, or another system.
    }
  }

  /** @returns undefined if the process has ended, after `close`, and on systems without `/proc` */
  read(): ProcessState | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const length = readSync(this.#file, this.#bytes, 0, MOST_BYTES, 0);
      return parseState(this.#bytes.toString('latin1', 0, length));
    } catch {
      return undefined;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function parseState(stat: string): ProcessState | undefined {
  // The second field is the name in brackets, which can contain any character. Fields 14 and 15 are user and system time,
  // field 24 is the number of resident pages.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const pages = Number(fields[21]);
  if (!Number.isFinite(ticks) || !Number.isFinite(pages)) return undefined;
  return { processorMs: ticks * MS_PER_TICK, residentBytes: pages * PAGE_BYTES };
}
