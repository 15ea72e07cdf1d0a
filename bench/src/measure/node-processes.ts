/** What this process and those below it take: Linux tells it under /proc, other systems do not. */
import { readFile, readlink } from 'node:fs/promises';
import { basename } from 'node:path';

const MIB_IN_KB = 1024;

/** Whether the figures of this file can be had here. */
export const PROCESSES_TELL = process.platform === 'linux';

/** Process ids of all Node processes below the given one, and of itself. */
export async function nodeProcesses(root: number): Promise<readonly number[]> {
  const below = (await Promise.all((await childrenOf(root)).map(nodeProcesses))).flat();
  const program = await readlink(`/proc/${root}/exe`).catch(() => '');
  return basename(program).startsWith('node') ? [root, ...below] : below;
}

/** Node starts processes from its main thread, whose children are all there are. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Resident now, in MiB; 0 for a process that is gone. */
export async function residentMib(pid: number): Promise<number> {
  return statusOf(pid, 'VmRSS');
}

/** The most that was ever resident, in MiB; 0 for a process that is gone. */
export async function peakResidentMib(pid: number): Promise<number> {
  return statusOf(pid, 'VmHWM');
}

async function statusOf(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes = '0'] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  return Number(kilobytes) / MIB_IN_KB;
}

/** Looks at the sum of what all Node processes of this tree have resident, until it is told to stop. */
export class ResidentWatch {
  #peakMib = 0;
  #looking: Promise<void> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;

  constructor(everyMs = 250) {
    this.#timer = setInterval(() => {
      this.#looking = this.#looking.then(() => this.#look());
    }, everyMs);
  }

  /** @returns the highest sum seen, in MiB: pages that processes share are counted in each */
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
