import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** A control group of Linux with a limit of memory, in the first or second version of control groups. */
export interface MemoryGroup {
  /** Runs a Node program in the group, without swap. */
  run(
    program: string,
    args: readonly string[],
  ): Promise<{ readonly status: number | null; readonly output: string }>;
  /** The most bytes that were in use. */
  peakBytes(): Promise<number>;
  /** How many processes the system killed for the limit. */
  kills(): Promise<number>;
  remove(): Promise<void>;
}

const VERSIONS = [
  {
    root: '/sys/fs/cgroup/memory',
    limit: 'memory.limit_in_bytes',
    peak: 'memory.max_usage_in_bytes',
    events: 'memory.oom_control',
  },
  { root: '/sys/fs/cgroup', limit: 'memory.max', peak: 'memory.peak', events: 'memory.events' },
] as const;

/** @returns undefined if this process may not make a group */
export async function makeMemoryGroup(limitBytes: number): Promise<MemoryGroup | undefined> {
  const version = VERSIONS.find(({ root }) => existsSync(root));
  if (version === undefined) return undefined;
  const group = join(version.root, `hangtag-test-${process.pid}`);
  try {
    await mkdir(group);
    await writeFile(join(group, version.limit), String(limitBytes));
  } catch {
    await rmdir(group).catch(() => undefined);
    return undefined;
  }
  return {
    async run(program, args) {
      const script = 'echo $$ > "$0/cgroup.procs" && exec "$@"';
      const child = spawn('sh', ['-c', script, group, process.execPath, program, ...args], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      return { output: await text(child.stdout), status: await ended };
    },
    peakBytes: async () => Number(await readFile(join(group, version.peak), 'utf8')),
    async kills() {
      const events = await readFile(join(group, version.events), 'utf8');
      return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0);
    },
    remove: () => rmdir(group),
  };
}
