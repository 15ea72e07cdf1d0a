import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { superviseNodeWorker } from '@hangtag/emulators/processes/node-worker.js';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { ProcessNotReady, type SupervisedProcess } from '@hangtag/emulators/processes/supervisor.js';
import { expect } from 'chai';
import { CloudEvent, HTTP } from 'cloudevents';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { until } from '../../support/until.js';

const PROGRAM = fileURLToPath(import.meta.resolve('@hangtag/emulators/functions-host/main.js'));
const ENTRY = new URL('../../fixtures/functions-entry.js', import.meta.url).href;

describe('the functions host', () => {
  const directory = temporaryDirectory();
  const logFile = join(directory, 'functions.log');
  let host: SupervisedProcess;
  let port: number;

  async function start(targets: string): Promise<SupervisedProcess> {
    port = await freePort();
    return superviseNodeWorker({
      name: 'functions',
      program: [PROGRAM, '--entry', ENTRY, '--targets', targets, '--port', String(port)],
      port,
      env: process.env,
      cwd: directory,
      logFile,
      // Longer than the timeout of a test, so that the test fails if the host does not end after SIGTERM.
      timing: { stopGraceMs: 60_000 },
    });
  }

  before(async () => {
    host = await start('take,api');
  });
  after(async () => {
    await host.stop();
  });

  const url = (path: string) => `http://127.0.0.1:${port}${path}`;

  function postEvent(attributes: Record<string, string>): Promise<Response> {
    const event = new CloudEvent({
      id: '42',
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      source: '//pubsub.googleapis.com/projects/p/topics/topic',
      data: {
        message: { data: '', attributes, messageId: '42' },
        subscription: 'projects/p/subscriptions/s',
      },
    });
    const { headers, body } = HTTP.binary(event);
    return fetch(url('/take'), {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: String(body),
    });
  }

  it('delivers an event to the function of that name', async () => {
    const response = await postEvent({});

    expect(response.status).to.equal(204);
    await until('the log line', () => readFileSync(logFile, 'utf8').includes('took 42 of //pubsub'));
  });

  it('answers 500 if a handler throws, logs one line of JSON, and keeps running', async () => {
    const response = await postEvent({ mode: 'throw' });

    expect(response.status).to.equal(500);
    const lines = await until('the log line', () => {
      const written = readFileSync(logFile, 'utf8').trim().split('\n');
      return written.some((line) => line.includes('the handler threw')) && written;
    });
    const entries = lines.map((line) => JSON.parse(line) as { severity: string });
    expect(entries.map(({ severity }) => severity)).to.include('ERROR');
    expect((await postEvent({})).status).to.equal(204);
  });

  it('refuses a request that is not an event', async () => {
    const response = await fetch(url('/take'), { method: 'POST', body: '{}' });

    expect(response.status).to.equal(400);
    expect((await postEvent({})).status).to.equal(204);
  });

  it('passes path and query on without the name of the function', async () => {
    const response = await fetch(url('/api/images/7?x=1&y=a?b'));

    expect(await response.json()).to.deep.equal({ path: '/images/7', query: { x: '1', y: 'a?b' } });
  });

  it('runs no request in a `domain`, with which Node tracks every promise of the process', async () => {
    const answer = await fetch(url('/api/domain'));

    expect(await answer.json()).to.deep.equal({ isInDomain: false });
  });

  it('gives a request its body: JSON, a form, text or bytes', async () => {
    const post = async (type: string, body: string) => {
      const options = { method: 'POST', headers: { 'content-type': type }, body };
      return (await (await fetch(url('/api/body'), options)).json()) as unknown;
    };

    expect(await post('application/json', '{"a":1}')).to.deep.equal({ a: 1 });
    expect(await post('application/x-www-form-urlencoded', 'a=1')).to.deep.equal({ a: '1' });
    expect(await post('text/plain', 'a')).to.equal('a');
    expect(await post('image/jpeg', 'a')).to.deep.equal({ type: 'Buffer', data: [97] });
  });

  it('answers 404 for other names', async () => {
    expect((await fetch(url('/other'))).status).to.equal(404);
    expect((await fetch(url('/'))).status).to.equal(404);
  });

  it('refuses bodies over 32 MiB, and bodies of unknown size', async () => {
    const [limit, over] = [32 * 1024 * 1024, 32 * 1024 * 1024 + 1];
    const post = (body: Uint8Array | ReadableStream, options: { duplex?: 'half' } = {}) =>
      fetch(url('/api'), { method: 'POST', body, ...options }).then(
        ({ status }) => status,
        () => 'cut off',
      );

    expect(await post(new Uint8Array(limit))).to.equal(200);
    expect(await post(new Uint8Array(over))).to.be.oneOf([413, 'cut off']);
    expect(await post(new Blob(['x']).stream(), { duplex: 'half' })).to.be.oneOf([411, 'cut off']);
  });

  it('finishes requests in progress when it is stopped, and accepts no others', async () => {
    const slow = fetch(url('/api?delayMs=200'));
    await fetch(url('/healthz'));

    await host.stop();

    expect((await slow).status).to.equal(200);
    expect(await fetch(url('/healthz')).catch(() => 'refused')).to.equal('refused');
    await host.start();
  });

  it('does not start if the entry does not export a target', async () => {
    const error = await start('take,tkae').catch((reason: unknown) => reason);

    expect(error).to.be.instanceOf(ProcessNotReady);
    expect(readFileSync(logFile, 'utf8')).to.include(
      'Expected one of api, take for the target but received tkae',
    );
  });
});
