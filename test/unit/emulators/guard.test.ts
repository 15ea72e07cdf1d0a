import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { startGuard } from '@hangtag/emulators/google/guard.js';
import type { FrontPort } from '@hangtag/emulators/proxy/front-port.js';
import { expect } from 'chai';

describe('the guard of an emulator', () => {
  let emulator: Server;
  let guard: FrontPort;
  const browser = new Agent({ keepAlive: true });

  before(async () => {
    // Like the emulator of Firestore: it keeps a connection after an answer, says nothing of its end, and then closes it.
    emulator = createServer((socket) => {
      let answers = 0;
      socket.on('error', () => undefined);
      socket.on('data', () => {
        answers += 1;
        if (answers > 1) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    emulator.listen(0, '127.0.0.1');
    await once(emulator, 'listening');
    const { port } = emulator.address() as AddressInfo;
    guard = await startGuard(0, { host: '127.0.0.1', port });
  });
  after(async () => {
    browser.destroy();
    await guard.close();
    emulator.close();
  });

  it('loses no request to a connection that the emulator closes', async () => {
    const answers: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const request = get({ host: '127.0.0.1', port: guard.port, agent: browser });
      const [response] = await once(request, 'response');
      answers.push(await text(response));
    }

    expect(answers).to.deep.equal(['ok', 'ok', 'ok']);
  });
});
