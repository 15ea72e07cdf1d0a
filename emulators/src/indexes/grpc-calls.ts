/** Refuses the queries of gRPC clients that have no index, and passes every other call unchanged. */
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { framed, grpcMessages } from '../proxy/grpc-messages.js';
import { type Exchange, openUpstream, relayAnswer } from '../proxy/grpc-relay.js';
import { FAILED_PRECONDITION, type Gate, orUndefined } from './gate.js';
import { addedTargetOf, type QueryMethod, queryMethodOf, queryOf, removedTarget } from './query-messages.js';

/** What the header of a message encodes: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const UNPRINTABLE = /[^ -$&-~]/gu;
const GRPC_OK = { ':status': 200, 'content-type': 'application/grpc' } as const;

export function relayCall(exchange: Exchange, gate: Gate): void {
  const name = String(exchange.headers[':path']).split('/').at(-1) ?? '';
  const method = queryMethodOf(name);
  if (method !== undefined) relayQuery(exchange, method, gate);
  else if (name === 'Listen') relayListener(exchange, gate);
  else relayUnchanged(exchange);
}

function relayUnchanged(exchange: Exchange): void {
  const outgoing = openUpstream(exchange);
  exchange.stream.pipe(outgoing);
  relayAnswer(exchange.stream, outgoing);
}

/** The request is one message. It is complete before the call is opened at the emulator. */
function relayQuery(exchange: Exchange, method: QueryMethod, gate: Gate): void {
  const { stream } = exchange;
  const parts: Buffer[] = [];
  stream.on('error', () => undefined);
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('end', () => {
    if (stream.destroyed) return;
    const request = Buffer.concat(parts);
    const refusal = gate.refusalOf(() => queryOf(method, onlyMessage(request)));
    if (refusal === undefined) {
      const outgoing = openUpstream(exchange);
      outgoing.end(request);
      relayAnswer(stream, outgoing);
    } else refuse(stream, refusal);
  });
}

function onlyMessage(request: Buffer): Buffer {
  let message: Buffer = Buffer.alloc(0);
  grpcMessages((found) => {
    message = found;
  })(request);
  return message;
}

/** Headers come before the status: Google's client for Node.js repeats for 7 s a call that was answered by a status alone. */
function refuse(stream: ServerHttp2Stream, refusal: string): void {
  const message = refusal.replace(UNPRINTABLE, encodeURIComponent);
  const status = { 'grpc-status': String(FAILED_PRECONDITION), 'grpc-message': message };
  stream.on('wantTrailers', () => stream.sendTrailers(status));
  stream.respond(GRPC_OK, { waitForTrailers: true });
  stream.end();
}

/**
 * A stream of a listener carries many queries. One that is refused is answered here, between two messages of the emulator, and the
 * others go on.
 */
function relayListener(exchange: Exchange, gate: Gate): void {
  const { stream } = exchange;
  const outgoing = openUpstream(exchange);
  const onRequest = grpcMessages((message) => {
    const added = orUndefined(() => addedTargetOf(message));
    const refusal = gate.refusalOf(() => added?.query);
    if (added === undefined || refusal === undefined) outgoing.write(framed(message));
    else stream.write(framed(removedTarget(added.targetId, { code: FAILED_PRECONDITION, message: refusal })));
  });
  stream.on('data', onRequest).on('end', () => outgoing.end());
  relayMessages(stream, outgoing);
}

/** Answers at once, since a refusal may come before any answer of the emulator. Writes whole messages. */
function relayMessages(stream: ServerHttp2Stream, outgoing: ClientHttp2Stream): void {
  let trailers: IncomingHttpHeaders = {};
  stream.respond(GRPC_OK, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers(trailers)).on('drain', () => outgoing.resume());
  outgoing.on('response', (headers, flags) => {
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) trailers = statusIn(headers);
  });
  outgoing.on('trailers', (received) => {
    trailers = received;
  });
  const onAnswer = grpcMessages((message) => {
    if (!stream.write(framed(message))) outgoing.pause();
  });
  outgoing.on('data', onAnswer).on('end', () => stream.end());
}

function statusIn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('grpc-')));
}
