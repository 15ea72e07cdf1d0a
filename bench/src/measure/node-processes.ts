/** Resources of this process and its descendants, from /proc. Only Linux has it. */
import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

const MIB_IN_KB = 1024;

/** Whether this system has the figures of this file. */
export const HAS_PROCESS_FIGURES = process.platform === 'linux';

/** Process ids of the given Node process and its Node descendants. */
export async function nodeProcesses(root: number): Promise<readonly number[]> {
  const below = (await Promise.all((await childrenOf(root)).map(nodeProcesses))).flat();
  const program = await readlink(`/proc/${root}/exe`).catch(() => '');
  return basename(program).startsWith('node') ? [root, ...below] : below;
}

/** Node starts child processes from its main thread, so the children of the main thread are all children. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Resident size in MiB; 0 if the process is gone. */
export async function residentMib(pid: number): Promise<number> {
  return statusOf(pid, 'VmRSS');
}

/** Peak of the resident size in MiB; 0 if the process is gone. */
export async function peakResidentMib(pid: number): Promise<number> {
  return statusOf(pid, 'VmHWM');
}

/** Linux counts processor time in hundredths of a second. */
const MS_PER_TICK = 10;

/** Processor time of a Node process and its Node descendants, all threads. */
export async function processorMs(root: number): Promise<number> {
  const each = await Promise.all((await nodeProcesses(root)).map(ticksOf));
  return each.reduce((sum, ticks) => sum + ticks, 0) * MS_PER_TICK;
}

/** Of user and system: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
async function ticksOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program, in brackets, may contain spaces.
  const [user = 0, system = 0] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14).map(Number);
  return user + system;
}

async function statusOf(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes = '0'] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kilobytes) / MIB_IN_KB;
}

/** Reads the total resident size of all Node processes of this tree until it is stopped. */
export class ResidentWatch {
  #peakMib = 0;
  #looking: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs = 250) {
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, everyMs);
  }

  /** @returns the highest total in MiB; shared pages count in each process */
  async stop(): Promise<number> {
    clearInterval(this.#timer);
    this.#looking = this.#looking.then(() => this.#look());
    await this.#looking;
    return this.#peakMib;
  }

  async #look(): Promise<void> {
    const sizes = await Promise.all((await nodeProcesses(process.pid)).map(residentMib));
    this.#peakMib = Math.max(
      this.#peakMib,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }
}
