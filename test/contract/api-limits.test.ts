/** What the API does with clients that send too much or too slowly, over real sockets. */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { apiListener } from '@hangtag/functions/api/listener.js';
import { serve } from '@hangtag/functions/api/serve.js';
import { expect } from 'chai';
import { type ApiServer, startApiServer } from '../support/api-server.js';
import { memoryApp } from '../support/memory-app.js';
import { SlowClassifier } from '../support/slow-classifier.js';
import { ManualClock } from '../support/stage.js';
import { until } from '../support/until.js';

const MIB = 1024 * 1024;
const POST_IN_CHUNKS = [
  'POST /predict HTTP/1.1',
  'Host: 127.0.0.1',
  'Content-Type: application/json',
  'Transfer-Encoding: chunked',
  '',
  '',
].join('\r\n');

describe('A client of the API', () => {
  let server: ApiServer;
  /** Cuts off sooner. */
  let strict: ApiServer;
  before(async () => {
    const slowClient = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 };
    [server, strict] = await Promise.all([startApiServer(), startApiServer({ slowClient })]);
  });
  after(() => Promise.all([server.close(), strict.close()]));

  it('that sends 1 GB is refused after 10 MB, and the memory stays as it was', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const answer = text(socket);
    const before = process.memoryUsage().rss;

    const sentBytes = await sendUntilAnswered(socket, 1024);

    expect(await answer)
      .to.include('HTTP/1.1 413')
      .and.include('"code":"too-large"');
    // What is under way in the kernel's buffers, and read and dropped by the server, comes on top of the limit.
    expect(sentBytes).to.be.within(10 * MIB, 64 * MIB);
    expect(process.memoryUsage().rss - before).to.be.lessThan(64 * MIB);
  });

  it('that announces 1 GB is refused before it sends any of it', async () => {
    const head = 'POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

    const answer = await exchange(server, `${head}Content-Length: 1000000000\r\n\r\n`);

    expect(answer).to.include('HTTP/1.1 413');
  });

  it('that does not finish its headers is cut off', async () => {
    expect(await exchange(strict, 'POST /predict HTTP/1.1\r\nHost: ')).to.include('408');
  });

  it('that does not finish its body is cut off', async () => {
    const answer = await exchange(strict, `${POST_IN_CHUNKS}1\r\n{\r\n`);

    expect(answer).not.to.include('200');
  });

  it('that sends 100 kB of headers is refused', async () => {
    const answer = await exchange(server, `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`);

    // Node closes the connection after its answer. A client that still sends may lose the answer: Node 24 closes earlier.
    expect(answer).to.match(/^$|^HTTP\/1\.1 431 /);
  });
});

describe('A busy API', () => {
  const classifier = new SlowClassifier();
  const { app } = memoryApp({ clock: new ManualClock(), classifier, env: { HANGTAG_API_ACCESS: 'local' } });
  let url: string;
  const stops: (() => void)[] = [];
  before(async () => {
    const server = await serve(apiListener(app), { port: 0, host: '127.0.0.1' });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/predict`;
    stops.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
  });
  after(() => stops.forEach((stop) => void stop()));

  const predict = (signal?: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"image":"AAAA"}',
      ...(signal && { signal }),
    });

  it('refuses with 503 and Retry-After what would wait too long, and cancels the work of clients that hang up', async () => {
    const client = new AbortController();
    const admitted = Array.from({ length: 64 }, () => predict(client.signal).catch(() => 'hung up'));
    await until('the pictures', () => classifier.signals.length === 64);

    const refused = await predict();
    client.abort();
    await until('the end of the work', () => classifier.signals.every((signal) => signal?.aborted));
    classifier.answerAll();
    const answers = await Promise.all(admitted);
    const next = predict();
    await until('the next picture', () => classifier.signals.length === 65);
    classifier.answerAll();

    expect(refused.status).to.equal(503);
    expect(refused.headers.get('retry-after')).to.equal('1');
    expect(await refused.json()).to.include({ code: 'busy' });
    expect(new Set(answers)).to.deep.equal(new Set(['hung up']));
    expect((await next).status).to.equal(200);
  });
});

/** Sends chunks of one MiB until the server answers. @returns how many bytes were sent */
async function sendUntilAnswered(socket: Socket, count: number): Promise<number> {
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, ' '), Buffer.from('\r\n')]);
  const answered = once(socket, 'data').then(() => 'answered' as const);
  socket.write(POST_IN_CHUNKS);
  for (let sent = 0; sent < count; sent += 1) {
    const isTaken = socket.write(chunk);
    if (!isTaken && (await Promise.race([once(socket, 'drain'), answered])) === 'answered') break;
  }
  socket.end();
  return socket.bytesWritten;
}

/** @returns everything that the server sent until it closed the connection */
async function exchange({ port }: ApiServer, request: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(request);
  return text(socket).catch(() => '');
}
