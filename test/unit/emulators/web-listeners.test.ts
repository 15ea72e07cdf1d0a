import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { startGuard } from '@hangtag/emulators/google/guard.js';
import { expect } from 'chai';
import { until } from '../../support/until.js';

const GONE_MS = 20_000;

describe('the session of a page that listens', () => {
  before(() => mock.timers.enable({ apis: ['setTimeout'] }));
  after(() => mock.timers.reset());

  it('does not end after a message while the page receives, and ends when it receives no more', async () => {
    /** The number of each request, or its type. */
    const received: string[] = [];
    // In place of the emulator: it keeps the answer open from which a page receives.
    const emulator = createServer((request, response) => {
      const { searchParams: query } = new URL(request.url ?? '', 'http://localhost');
      received.push(query.get('TYPE') ?? query.get('RID') ?? '');
      request.resume();
      if (request.method === 'GET') response.flushHeaders();
      else response.end('20\n[[0,["c","session"]]]');
    }).listen(0, '127.0.0.1');
    await once(emulator, 'listening');
    const { port } = emulator.address() as AddressInfo;
    const guard = await startGuard(0, { host: '127.0.0.1', port }, GONE_MS);
    const channel = `http://127.0.0.1:${guard.port}/google.firestore.v1.Firestore/Listen/channel`;
    const send = async (query: string) => (await fetch(`${channel}?${query}`, { method: 'POST' })).text();

    await send('RID=1');
    const page = new AbortController();
    await fetch(`${channel}?SID=session&RID=rpc`, { signal: page.signal });
    await send('SID=session&RID=2');
    await send('SID=session&RID=3');
    mock.timers.tick(GONE_MS);
    await send('SID=session&RID=4');
    page.abort();
    await until('the end of the session', () => {
      mock.timers.tick(GONE_MS);
      return received.includes('terminate');
    });

    expect(received).to.deep.equal(['1', 'rpc', '2', '3', '4', '5', 'terminate']);
    await guard.close();
    emulator.closeAllConnections();
    emulator.close();
  });
});
