/** The databases that the wardrobe has to work with: PGlite, and PostgreSQL if Debian has installed it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPgliteServer } from '@hangtag/emulators/postgres/pglite-server.js';
import { freePort } from '@hangtag/emulators/processes/ports.js';

export interface TestDatabase {
  readonly url: string;
  close(): Promise<void>;
}

const VERSIONS = '/usr/lib/postgresql';
const READY = /ready to accept connections/;
const START_MS = 60_000;

export async function pglite(): Promise<TestDatabase> {
  return startPgliteServer(0);
}

/** The newest installed programs. */
export function postgresPrograms(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS) : [];
  const newest = versions.toSorted((one, other) => Number(other) - Number(one))[0];
  return newest === undefined ? undefined : join(VERSIONS, newest, 'bin');
}

/** @param programs folder of PostgreSQL's programs, which refuse to run as root */
export async function postgres(programs: string): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'hangtag-postgres-'));
  const user = unprivilegedUser();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const data = join(folder, 'data');
  const setting = ['--auth=trust', '--username=owner', '--no-sync', '--encoding=UTF8'];
  execFileSync(join(programs, 'initdb'), ['--pgdata', data, ...setting], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  });
  const port = await freePort();
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-c', 'fsync=off', '-c', `unix_socket_directories=${folder}`],
    { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await ready(server);
  return {
    url: `postgres://owner@127.0.0.1:${port}/postgres`,
    async close() {
      server.kill('SIGQUIT');
      if (server.exitCode === null) await once(server, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

function unprivilegedUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

async function ready(server: ChildProcess): Promise<void> {
  const signal = AbortSignal.timeout(START_MS);
  let said = '';
  const ended = once(server, 'exit', { signal }).then(() => {
    throw new Error(`Expected PostgreSQL to start but it ended:\n${said}`);
  });
  const started = new Promise<void>((resolve) => {
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (READY.test(said)) resolve();
    });
  });
  await Promise.race([started, ended]);
  ended.catch(() => undefined);
}
