/**
 * Stands between the functions and an emulator and counts what really went over the wire: whatever adapters or client libraries do
 * behind a port, a retry or a second read, is seen here. Every call is passed on as it is.
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
  /** Host and port to give to the clients in place of the emulator's. */
  readonly host: string;
  close(): void;
}

/** @param onMessage hears of every message in either direction */
export async function startGrpcMeter(target: string, onMessage: (call: Call) => void): Promise<GrpcMeter> {
  let upstream: ClientHttp2Session | undefined;
  // When first needed: the emulator starts after this, and may come and go.
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
  answer(stream, outgoing);
}

/** gRPC says how a call went in trailers, or in the headers of an answer that has no body. */
function answer(stream: ServerHttp2Stream, outgoing: ReturnType<ClientHttp2Session['request']>): void {
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
