import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.js';
import { until } from '../../support/until.js';

/**
 * Longer than loopback needs, to see that nothing arrives. As a control, each such test then heals the fault,
 * and the bytes arrive.
 */
const QUIET_MS = 100;

describe('the fault proxy', () => {
  let echo: Server;
  let proxy: FaultProxy;
  const clients: Socket[] = [];

  before(async () => {
    echo = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as AddressInfo;
    proxy = await startFaultProxy({ target: { host: '127.0.0.1', port } });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    proxy.heal();
  });

  after(async () => {
    await proxy.stop();
    await new Promise((closed) => echo.close(closed));
  });

  /** Connects and collects the answer. */
  function open(): {
    readonly socket: Socket;
    readonly received: () => string;
    readonly ended: Promise<string>;
  } {
    const socket = connect({ port: proxy.port, host: '127.0.0.1' });
    clients.push(socket);
    let text = '';
    socket.on('data', (piece) => {
      text += String(piece);
    });
    const ended = new Promise<string>((resolve) => {
      socket.once('error', (error) => resolve((error as NodeJS.ErrnoException).code ?? 'error'));
      socket.once('close', () => resolve('closed'));
    });
    return { socket, received: () => text, ended };
  }

  it('passes on all bytes in order, to the end', async () => {
    const sent = 'x'.repeat(1_000_000);
    const client = open();

    client.socket.end(sent);

    expect(await client.ended).to.equal('closed');
    expect(client.received()).to.equal(sent);
    await until('no connection left', () => proxy.connections === 0);
  });

  it('refuse: resets open and new connections', async () => {
    const before = open();
    before.socket.write('a');
    await until('an echo', () => before.received() === 'a');

    proxy.set({ kind: 'refuse' });

    expect(await before.ended).to.equal('ECONNRESET');
    expect(await open().ended).to.equal('ECONNRESET');
  });

  it('stall: holds the bytes back and passes them on when healed', async () => {
    proxy.set({ kind: 'stall' });
    const client = open();

    client.socket.write('late');
    await quiet();
    expect(client.received()).to.equal('');

    proxy.heal();
    await until('the stalled bytes', () => client.received() === 'late');
  });

  it('blackhole: drops the bytes until healed, and passes on later ones', async () => {
    proxy.set({ kind: 'blackhole' });
    const client = open();

    client.socket.write('gone');
    await quiet();
    proxy.heal();
    client.socket.write('here');

    await until('the later bytes', () => client.received() !== '');
    expect(client.received()).to.equal('here');
  });

  it('delay: delays each piece in both directions', async () => {
    proxy.set({ kind: 'delay', delayMs: 50 });
    const client = open();
    await once(client.socket, 'connect');
    const sentAt = performance.now();

    client.socket.write('slow');
    await until('the echo', () => client.received() === 'slow');

    expect(performance.now() - sentAt).to.be.at.least(95);
  });

  it('cut: resets after a number of bytes from the server', async () => {
    proxy.set({ kind: 'cut', afterBytes: 10 });
    const client = open();

    client.socket.write('123456789');
    await until('nine bytes', () => client.received() === '123456789');
    client.socket.write('abc');

    // The reset follows the last byte immediately, and Node.js may report both as one end.
    await client.ended;
    expect(client.received()).to.equal('123456789a');
  });

  it('resets the client when the target does not listen', async () => {
    const lost = await startFaultProxy({ target: { host: '127.0.0.1', port: await closedPort() } });
    const socket = connect({ port: lost.port, host: '127.0.0.1' });

    const [error] = await once(socket, 'error');

    expect(error.code).to.equal('ECONNRESET');
    await lost.stop();
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, QUIET_MS));
}
