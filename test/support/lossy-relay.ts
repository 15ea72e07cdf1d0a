/**
 * A relay between a Firestore client and the emulator. It can forward a request and answer UNAVAILABLE instead of the result:
 * the writes are committed, and the client repeats the request.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { relayAnswer } from '@hangtag/emulators/proxy/grpc-relay.js';

const UNAVAILABLE = 14;

export interface LossyRelay {
  /** Host and port for the client. */
  readonly host: string;
  /** Loses the answers to the next `count` writing requests. */
  loseAnswers(count: number): void;
  /** Number of lost answers. */
  readonly lost: number;
  close(): void;
}

export async function startLossyRelay(target: string): Promise<LossyRelay> {
  const upstream = connect(`http://${target}`);
  const server = createServer();
  let toLose = 0;
  let lost = 0;
  server.on('stream', (stream, headers) => {
    const request = upstream.request(headers);
    stream.pipe(request);
    const isWrite = /\/(BatchWrite|Commit)$/.test(String(headers[':path']));
    if (!isWrite || toLose === 0) return relayAnswer(stream, request);
    toLose -= 1;
    lost += 1;
    request.on('end', () =>
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(UNAVAILABLE) },
        { endStream: true },
      ),
    );
    request.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: (count) => {
      toLose = count;
    },
    get lost() {
      return lost;
    },
    close: () => {
      upstream.destroy();
      server.close();
    },
  };
}
