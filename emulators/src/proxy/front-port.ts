/**
 * A port in front of one of Google's emulators. The emulators accept every Host and Origin: a web page could read and write what
 * they hold. Here, requests of foreign pages are refused.
 *
 * HTTP/1.1 and HTTP/2 without TLS, which gRPC uses, share the port, as at the emulators. HTTP/2 needs no check: browsers use it
 * with TLS only, and no HTTP/1.1 request begins like it, whatever method a script chooses.
 */
import { once } from 'node:events';
import { createServer as createHttp1, type RequestListener } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { onlyLocal } from '../only-local.js';
import { LOOPBACK } from '../processes/ports.js';

export interface FrontPortOptions {
  /** On 127.0.0.1. 0 takes a free port. */
  readonly port: number;
  readonly onRequest: RequestListener;
  /** Called with each HTTP/2 connection. Nothing of it has been read. */
  readonly onHttp2: (socket: Socket) => void;
}

export interface FrontPort {
  readonly port: number;
  close(): Promise<void>;
}

/** https://www.rfc-editor.org/rfc/rfc9113.html#name-http-2-connection-preface */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

/** @throws Error the port is taken */
export async function openFrontPort({ port, onRequest, onHttp2 }: FrontPortOptions): Promise<FrontPort> {
  const http1 = createHttp1(onlyLocal(onRequest));
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    onceProtocolIsKnown(socket, (isHttp2) => (isHttp2 ? onHttp2(socket) : http1.emit('connection', socket)));
  });
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function onceProtocolIsKnown(socket: Socket, use: (isHttp2: boolean) => void): void {
  let start = Buffer.alloc(0);
  socket.on('readable', function read() {
    start = Buffer.concat([start, socket.read() ?? Buffer.alloc(0)]);
    const expected = PREFACE.subarray(0, start.length);
    const isLikePreface = start.subarray(0, PREFACE.length).equals(expected);
    if (isLikePreface && start.length < PREFACE.length) return;
    socket.off('readable', read).unshift(start);
    use(isLikePreface);
  });
}
