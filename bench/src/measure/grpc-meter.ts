/**
 * A proxy between the functions and an emulator that counts the calls on the wire. It sees everything that
 * adapters and client libraries do behind a port, such as a retry or a second read. It passes every call on
 * unchanged.
 */
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { grpcMessages } from '@hangtag/emulators/proxy/grpc-messages.js';
import { type Exchange, openUpstream, relayAnswer } from '@hangtag/emulators/proxy/grpc-relay.js';

export interface Call {
  /** `/package.Service/Method` */
  readonly path: string;
  readonly direction: 'request' | 'response';
  readonly message: Buffer;
}

export interface GrpcMeter {
  /** Host and port for the clients, instead of those of the emulator. */
  readonly host: string;
  close(): void;
}

/** @param onMessage receives every message of both directions */
export async function startGrpcMeter(target: string, onMessage: (call: Call) => void): Promise<GrpcMeter> {
  let upstream: ClientHttp2Session | undefined;
  // Connects at the first call: the emulator starts after this, and may restart.
  const reach = () => {
    if (upstream === undefined || upstream.destroyed) {
      upstream = connect(`http://${target}`).on('error', () => undefined);
    }
    return upstream;
  };
  const server = createServer();
  server.on('stream', (stream, headers) => relay({ stream, headers, upstream: reach() }, onMessage));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { host: `127.0.0.1:${port}`, close: () => closeBoth(server, upstream) };
}

function relay(exchange: Exchange, onMessage: (call: Call) => void): void {
  const { stream, headers } = exchange;
  const path = String(headers[':path']);
  const outgoing = openUpstream(exchange);
  stream.on(
    'data',
    grpcMessages((message) => onMessage({ path, direction: 'request', message })),
  );
  outgoing.on(
    'data',
    grpcMessages((message) => onMessage({ path, direction: 'response', message })),
  );
  stream.pipe(outgoing);
  relayAnswer(stream, outgoing);
}

function closeBoth(server: Http2Server, upstream: ClientHttp2Session | undefined): void {
  upstream?.destroy();
  server.close();
}
