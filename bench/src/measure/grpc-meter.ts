/**
 * A proxy between the functions and an emulator that counts the calls on the wire. It sees everything that
 * adapters and client libraries do behind a port, such as a retry or a second read. It passes every call on
 * unchanged.
 */
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { grpcMessages } from './grpc-messages.js';

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

interface Exchange {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly upstream: ClientHttp2Session;
}

function relay({ stream, headers, upstream }: Exchange, onMessage: (call: Call) => void): void {
  const path = String(headers[':path']);
  const outgoing = upstream.request(headers);
  const cancel = () => outgoing.close(constants.NGHTTP2_CANCEL);
  stream.on('error', cancel).on('aborted', cancel);
  outgoing.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
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

/** gRPC puts the status of a call into trailers, or into the headers of an answer without a body. */
export function relayAnswer(
  stream: ServerHttp2Stream,
  outgoing: ReturnType<ClientHttp2Session['request']>,
): void {
  let trailers: IncomingHttpHeaders = {};
  outgoing.on('trailers', (received) => {
    trailers = received;
  });
  outgoing.on('response', (received, flags) => {
    if (stream.destroyed) return;
    const isWhole = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
    stream.respond(received, isWhole ? { endStream: true } : { waitForTrailers: true });
    if (isWhole) return;
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    outgoing.pipe(stream);
  });
}

function closeBoth(server: Http2Server, upstream: ClientHttp2Session | undefined): void {
  upstream?.destroy();
  server.close();
}
