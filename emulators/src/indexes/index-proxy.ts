/**
 * A proxy in front of the Firestore emulator that refuses queries without an index, as production does. The emulator answers every
 * query. gRPC and REST share the port, as at the emulator.
 *
 *     client ──► proxy ──► Firestore emulator
 *                  └─ the query has no index: FAILED_PRECONDITION
 */
import { type ClientHttp2Session, connect, createServer, type Http2Session } from 'node:http2';
import type { Address } from '../processes/ports.js';
import { type FrontPort, openFrontPort } from '../proxy/front-port.js';
import { Gate } from './gate.js';
import { relayCall } from './grpc-calls.js';
import type { IndexCheck } from './index-check.js';
import { relayRequest } from './rest-requests.js';

export interface IndexProxyOptions {
  /** The emulator. */
  readonly target: Address;
  /** On 127.0.0.1. 0, the default, takes a free port. */
  readonly port?: number;
  readonly check: IndexCheck;
  /** Called once for each different refusal. */
  readonly onRefused?: (refusal: string) => void;
}

/** @throws Error the port is taken */
export async function startIndexProxy(options: IndexProxyOptions): Promise<FrontPort> {
  const { target, port = 0, check, onRefused = () => undefined } = options;
  const gate = new Gate(check, onRefused);
  const http2 = http2Relay(target, gate);
  return openFrontPort({
    port,
    onRequest: (request, response) => {
      relayRequest({ request, response }, target, gate).catch(() => response.destroy());
    },
    onHttp2: (socket) => http2.emit('connection', socket),
  });
}

/** A connection of a client has its own connection to the emulator, and both end together. */
function http2Relay({ host, port }: Address, gate: Gate) {
  const upstreams = new WeakMap<Http2Session, ClientHttp2Session>();
  const http2 = createServer();
  http2.on('session', (session) => {
    const upstream = connect(`http://${host}:${port}`);
    upstreams.set(session, upstream);
    upstream.on('error', () => undefined).on('close', () => session.destroy());
    session.on('error', () => undefined).on('close', () => upstream.destroy());
  });
  http2.on('stream', (stream, headers) => {
    const upstream = stream.session && upstreams.get(stream.session);
    if (upstream === undefined || upstream.destroyed) return stream.close();
    relayCall({ stream, headers, upstream }, gate);
  });
  return http2;
}
