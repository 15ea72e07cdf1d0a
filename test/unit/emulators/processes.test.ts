import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backoff } from '@hangtag/emulators/processes/backoff.js';
import { superviseNodeWorker } from '@hangtag/emulators/processes/node-worker.js';
import { freePort, pickPorts } from '@hangtag/emulators/processes/ports.js';
import { ProcessNotReady, SupervisedProcess, supervise } from '@hangtag/emulators/processes/supervisor.js';
import { expect } from 'chai';
import { pidOf } from '../../support/present.js';
import { livingInGroup } from '../../support/process-state.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));
const directory = temporaryDirectory();
const started: SupervisedProcess[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

/** A shell command that is ready when it has written a line. */
function shellSpec(name: string, script: string) {
  const logFile = join(directory, `${name}.log`);
  return {
    name,
    command: '/bin/sh',
    args: () => ['-c', script],
    env: process.env,
    cwd: directory,
    logFile,
    untilReady: async () => {
      await until(`${name} to write`, () => readFileSync(logFile, 'utf8').includes('ready'));
    },
    timing: { minBackoffMs: 10, maxBackoffMs: 50, stopGraceMs: 200, readyTimeoutMs: 5_000 },
  };
}

describe('the supervisor', () => {
  it('restarts a process after a crash and counts the restart', async () => {
    const supervised = await supervise(shellSpec('crashing', 'echo ready; sleep 60'));
    started.push(supervised);
    const first = supervised.pid;

    supervised.crash();

    const second = await until('a new process', () => supervised.restarts === 1 && supervised.pid);
    expect(second).to.not.equal(first);
  });

  it('stops the whole group, even a process that ignores SIGTERM', async () => {
    const supervised = await supervise(
      shellSpec('stubborn', "trap '' TERM; sleep 60 & echo ready; wait; sleep 60"),
    );
    const group = pidOf(supervised);
    expect(livingInGroup(group)).to.have.lengthOf(2);

    await supervised.stop();

    expect(livingInGroup(group)).to.be.empty;
    expect(supervised.pid).to.equal(undefined);
  });

  it('starts again after a stop', async () => {
    const supervised = await supervise(shellSpec('twice', 'echo ready; sleep 60'));
    started.push(supervised);

    await supervised.stop();
    await supervised.start();

    expect(livingInGroup(pidOf(supervised))).to.not.be.empty;
    expect(supervised.restarts).to.equal(0);
  });

  it('rejects the first start of a process that exits, with the last lines of its log', async () => {
    const spec = { ...shellSpec('failing', 'echo port 1 is taken; exit 3'), untilReady: never };

    const error = await supervise(spec).catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(ProcessNotReady);
    expect(String(error)).to.match(/failing to become ready but received exit code 3\nport 1 is taken/);
  });

  it('rejects the start of a program that does not exist', async () => {
    const error = await supervise({
      ...shellSpec('absent', ''),
      command: '/no/such',
      untilReady: never,
    }).catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(ProcessNotReady);
    expect(String(error)).to.include('ENOENT');
  });

  it('stops a process that is still starting', async () => {
    const spec = shellSpec('slow', 'sleep 60');
    const supervised = new SupervisedProcess({ ...spec, untilReady: never });
    const starting = supervised.start().catch((reason: unknown) => reason);
    const group = await until('a process', () => supervised.pid);

    await supervised.stop();

    expect(await starting).to.be.instanceOf(ProcessNotReady);
    expect(livingInGroup(group)).to.be.empty;
  });

  it('waits until a Node.js worker answers, and writes its output to the log', async () => {
    const port = await freePort();
    const logFile = join(directory, 'worker.log');
    const program = [fixture('answering-worker.js'), String(port)];

    const worker = await superviseNodeWorker({
      name: 'worker',
      program,
      port,
      env: process.env,
      cwd: directory,
      logFile,
    });
    started.push(worker);

    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).to.equal(200);
    expect(readFileSync(logFile, 'utf8')).to.include('answering');
  });

  it('stops the group when the parent is killed', async () => {
    const parent = spawn(process.execPath, [fixture('supervising-parent.js'), directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const group = await firstNumber(parent);
    expect(livingInGroup(group)).to.have.lengthOf(2);

    parent.kill('SIGKILL');

    await until('an empty group', () => livingInGroup(group).length === 0);
  });
});

describe('pickPorts', () => {
  it('replaces only the port that is taken', async () => {
    const isFree = async (port: number) => port !== 8_001 && port !== 8_003;

    const picked = await pickPorts(8_000, ['first', 'second', 'third'], isFree);

    expect(picked).to.deep.equal([
      { name: 'first', wanted: 8_000, port: 8_000 },
      { name: 'second', wanted: 8_001, port: 8_004 },
      { name: 'third', wanted: 8_002, port: 8_002 },
    ]);
  });

  it('rejects when no port is left', async () => {
    const isFree = async (port: number) => port <= 65_535;

    const error = await pickPorts(65_535, ['one', 'two'], isFree).catch((reason: unknown) => reason);

    expect(String(error)).to.include('Expected a free port for two');
  });

  it('finds a port taken while a server listens on it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;

    const [picked] = await pickPorts(port, ['only']);

    await new Promise((closed) => server.close(closed));
    expect(picked).to.include({ name: 'only', wanted: port }).and.not.include({ port });
  });
});

describe('backoff', () => {
  it('doubles from min to max', () => {
    const waits = [1, 2, 3, 4, 5].map((failures) => backoff(failures, { min: 1, max: 10 }));

    expect(waits).to.deep.equal([1, 2, 4, 8, 10]);
  });
});

function never(): Promise<void> {
  return new Promise(() => undefined);
}

async function firstNumber(child: ChildProcess): Promise<number> {
  for await (const line of child.stdout ?? []) return Number(String(line));
  throw new Error('Expected a process id but the parent ended');
}
