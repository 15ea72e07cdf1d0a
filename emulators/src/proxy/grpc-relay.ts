/** Passes one gRPC call between a client and a server. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';

export interface Exchange {
  readonly stream: ServerHttp2Stream;
  readonly headers: IncomingHttpHeaders;
  readonly upstream: ClientHttp2Session;
}

/** Opens the call at the server. An abort of one side aborts the other. @returns the stream to the server */
export function openUpstream({ stream, headers, upstream }: Exchange): ClientHttp2Stream {
  const outgoing = upstream.request(headers);
  const cancel = () => outgoing.close(constants.NGHTTP2_CANCEL);
  stream.on('error', cancel).on('aborted', cancel);
  outgoing.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  return outgoing;
}

/** gRPC puts the status of a call into trailers, or into the headers of an answer without a body. */
export function relayAnswer(stream: ServerHttp2Stream, outgoing: ClientHttp2Stream): void {
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
