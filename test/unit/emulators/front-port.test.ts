import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { type FrontPort, openFrontPort } from '@hangtag/emulators/proxy/front-port.js';
import { expect } from 'chai';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

describe('the port in front of an emulator', () => {
  let front: FrontPort;

  before(async () => {
    front = await openFrontPort({
      port: 0,
      onRequest: (_request, response) => response.end('a request'),
      onHttp2: (socket) => {
        socket.write('HTTP/2: ');
        socket.pipe(socket);
      },
    });
  });
  after(() => front.close());

  /** Sends the parts as separate pieces. @returns all that was answered */
  async function answerTo(...parts: readonly string[]): Promise<string> {
    const socket = connect({ host: '127.0.0.1', port: front.port, noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    const answer = text(socket);
    for (const part of parts) {
      socket.write(part);
      await setImmediate();
    }
    socket.end();
    return answer;
  }

  it('hands on an HTTP/2 connection with all its bytes, also if they come in pieces', async () => {
    const answers = [await answerTo(`${PREFACE}more`), await answerTo(...`${PREFACE}more`)];

    expect(answers).to.deep.equal(Array(2).fill(`HTTP/2: ${PREFACE}more`));
  });

  it('checks each request of a connection, not only its first', async () => {
    const request = (host: string) => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`;

    const answer = await answerTo(request('localhost'), request('localhost'), request('evil.example'));

    expect(answer.match(/a request|HTTP\/1.1 \d+/g)).to.deep.equal([
      'HTTP/1.1 200',
      'a request',
      'HTTP/1.1 200',
      'a request',
      'HTTP/1.1 403',
    ]);
  });

  it('takes no request for HTTP/2, whatever method a script chooses', async () => {
    const answers = [
      await answerTo('PRI / HTTP/1.1\r\nHost: evil.example\r\n\r\n'),
      await answerTo('PRI * HTTP/2.0\r\nHost: evil.example\r\n\r\n'),
    ];

    for (const answer of answers) expect(answer).to.match(/^HTTP\/1.1 400 /);
  });
});
