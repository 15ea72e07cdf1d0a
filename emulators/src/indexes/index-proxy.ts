/**
 * A proxy in front of the Firestore emulator that refuses queries without an index, as production does. The emulator answers every
 * query. gRPC and REST share the port, as at the emulator.
 *
 *     client ──► proxy ──► Firestore emulator
 *                  └─ the query has no index: FAILED_PRECONDITION
 */
import { once } from 'node:events';
import { Agent, createServer as createHttp1 } from 'node:http';
import { type ClientHttp2Session, connect, createServer as createHttp2, type Http2Session } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Gate } from './gate.js';
import { relayCall } from './grpc-calls.js';
import type { IndexCheck } from './index-check.js';
import { relayRequest } from './rest-requests.js';

export interface IndexProxyOptions {
  /** On 127.0.0.1. */
  readonly targetPort: number;
  /** On 127.0.0.1. 0, the default, takes a free port. */
  readonly port?: number;
  readonly check: IndexCheck;
  /** Called once for each different refusal. */
  readonly onRefused?: (refusal: string) => void;
}

export interface IndexProxy {
  readonly port: number;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const HTTP2_PREFACE = 'PRI';

/** @throws Error the port is taken */
export async function startIndexProxy(options: IndexProxyOptions): Promise<IndexProxy> {
  const { targetPort, port = 0, check, onRefused = () => undefined } = options;
  const gate = new Gate(check, onRefused);
  const agent = new Agent({ keepAlive: true });
  const http2 = http2Relay(targetPort, gate);
  const http1 = createHttp1((request, response) => {
    const upstream = { host: HOST, port: targetPort, agent };
    relayRequest({ request, response }, upstream, gate).catch(() => response.destroy());
  });
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (first === null) return;
      socket.unshift(first);
      const isHttp2 = first.toString('latin1', 0, HTTP2_PREFACE.length) === HTTP2_PREFACE;
      (isHttp2 ? http2 : http1).emit('connection', socket);
    });
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await closed;
    },
  };
}

/** A connection of a client has its own connection to the emulator, and both end together. */
function http2Relay(targetPort: number, gate: Gate) {
  const upstreams = new WeakMap<Http2Session, ClientHttp2Session>();
  const http2 = createHttp2();
  http2.on('session', (session) => {
    const upstream = connect(`http://${HOST}:${targetPort}`);
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
