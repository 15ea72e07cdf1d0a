/** One function in a new process, as Cloud Run starts an instance for a request. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { HOST_PROGRAM } from '@hangtag/emulators/start/emulator-stack.js';
import { ENTRY } from '@hangtag/emulators/start/functions-bundle.js';
import { PROJECT_ROOT } from '@hangtag/emulators/start/project-root.js';
import { processorMs } from './node-processes.js';

export interface FirstRequest {
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Between two attempts to connect. This is the resolution of the measurement. */
const RETRY_MS = 2;
const GIVE_UP_MS = 30_000;
/**
 * Certificates of this machine: Node 20 reads them at its start, which takes about 40 ms. Cloud Run has none.
 */
const NO_CERTIFICATES = { NODE_EXTRA_CA_CERTS: undefined };

export interface FirstAnswer {
  /** From exec to the answer. */
  readonly ms: number;
  /** Of the process and those that it started, until the answer. Other work of the machine lengthens it little. */
  readonly processorMs: number;
}

/** @throws Error if the answer is not a success */
export async function firstAnswer(first: FirstRequest, env: NodeJS.ProcessEnv): Promise<FirstAnswer> {
  const port = await freePort();
  const { target } = first;
  const words = ['--entry', ENTRY.href, '--targets', target, '--port', String(port)];
  const startedAt = performance.now();
  const child = spawn(process.execPath, [HOST_PROGRAM, ...words], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...env, ...NO_CERTIFICATES, FUNCTION_TARGET: target },
    stdio: 'ignore',
  });
  try {
    const status = await Promise.race([answered(first, port), died(child)]);
    const ms = performance.now() - startedAt;
    if (status < 200 || status > 299) throw new Error(`Expected success of ${target} but received ${status}`);
    return { ms, processorMs: await processorMs(child.pid ?? 0) };
  } finally {
    child.kill('SIGKILL');
  }
}

async function answered(first: FirstRequest, port: number): Promise<number> {
  const deadline = performance.now() + GIVE_UP_MS;
  while (performance.now() < deadline) {
    const status = await post(first, port);
    if (status !== 'refused') return status;
    await pause(RETRY_MS);
  }
  throw new Error(`Expected an answer of ${first.target} within ${GIVE_UP_MS} ms`);
}

function post({ target, headers, body }: FirstRequest, port: number): Promise<number | 'refused'> {
  return new Promise((resolve, reject) => {
    const url = `http://127.0.0.1:${port}/${target}`;
    const length = { 'content-length': Buffer.byteLength(body) };
    const posting = request(url, { method: 'POST', agent: false, headers: { ...headers, ...length } });
    posting.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    posting.once('error', (error) =>
      'code' in error && error.code === 'ECONNREFUSED' ? resolve('refused') : reject(error),
    );
    posting.end(body);
  });
}

async function died(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`Expected a process that serves but it ended with code ${code}`);
}
