/** The standalone API in a process of its own, as `npm run api` starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { PROJECT_ROOT } from '@hangtag/emulators/start/project-root.js';
import { residentMib } from './node-processes.js';

const PROGRAM = join(PROJECT_ROOT, 'tools', 'api.mjs');
/** Between two attempts to connect. This is the resolution of the measurement of the start. */
const RETRY_MS = 2;
/** As in the script `api` of package.json. */
const HEAP_FLAGS = ['--initial-old-space-size=64'];
/** Certificates of this machine: Node 20 reads them at its start, which takes about 40 ms. A container has none. */
const NO_CERTIFICATES = { NODE_EXTRA_CA_CERTS: undefined };

export interface ApiProcess {
  readonly url: string;
  /** From exec to the first answer of /predict. */
  readonly firstAnswerMs: number;
  /** Resident memory of the process that serves, without the processes that label. */
  residentMib(): Promise<number>;
  stop(): Promise<void>;
}

interface ApiSettings {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** @param picture labelled by the first request */
export async function startApiProcess(
  picture: Buffer,
  { args = [], env = {} }: ApiSettings = {},
): Promise<ApiProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [...HEAP_FLAGS, PROGRAM, '--port', String(port), ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...NO_CERTIFICATES, ...env },
    stdio: 'ignore',
  });
  await firstAnswer(url, picture, child);
  const firstAnswerMs = performance.now() - startedAt;
  return {
    url,
    firstAnswerMs,
    residentMib: () => residentMib(child.pid ?? 0),
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function firstAnswer(url: string, picture: Buffer, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const isAnswered = await predict(url, formOf(picture)).then(
      () => true,
      () => false,
    );
    if (isAnswered) return;
    await pause(RETRY_MS);
  }
  throw new Error(`Expected an API that serves but it ended with code ${child.exitCode}`);
}

/** A request of one picture, made once and sent often. */
export interface PredictRequest {
  readonly body: Buffer;
  readonly type: string;
}

const BOUNDARY = 'bench-7d9f0c';
const FILE_HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="picture.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;

export function formOf(picture: Buffer): PredictRequest {
  const body = Buffer.concat([Buffer.from(FILE_HEAD), picture, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
  return { body, type: `multipart/form-data; boundary=${BOUNDARY}` };
}

export function jsonOf(picture: Buffer): PredictRequest {
  return {
    body: Buffer.from(JSON.stringify({ image: picture.toString('base64') })),
    type: 'application/json',
  };
}

/** `fetch` would take a third of the processor time of the API. */
const agent = new Agent({ keepAlive: true });

/** @throws Error if the answer is not a success */
export async function predict(url: string, { body, type }: PredictRequest): Promise<void> {
  const headers = { 'content-type': type, 'content-length': body.length };
  const sent = request(`${url}/predict`, { method: 'POST', agent, headers });
  sent.end(body);
  const [answer]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage];
  const said = await text(answer);
  if (answer.statusCode !== 200)
    throw new Error(`Expected success of /predict but received ${answer.statusCode}: ${said}`);
}

/** Of a GET. */
export async function statusOf(url: string): Promise<number | undefined> {
  const sent = request(url, { agent });
  sent.end();
  const [answer]: [IncomingMessage] = (await once(sent, 'response')) as [IncomingMessage];
  await text(answer);
  return answer.statusCode;
}
