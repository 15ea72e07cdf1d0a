import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** A client that sends slower than this is cut off: with 408, and then the connection ends. */
const SLOW_CLIENT = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
} as const;

export type SlowClientLimits = Readonly<Record<keyof typeof SLOW_CLIENT, number>>;

/** Longer than callers keep idle connections, so that the server does not close one that a caller is about to use. */
const KEEP_ALIVE_MS = 75_000;
/** A client that takes no byte of its answer for so long is cut off. */
const IDLE_MS = 60_000;

export interface Address {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
}

/** A server for the API's listener that cuts off slow clients. */
export async function serve(
  listener: RequestListener,
  { port, host }: Address,
  slowClient: SlowClientLimits = SLOW_CLIENT,
): Promise<Server> {
  const server = createServer({ ...slowClient, keepAliveTimeout: KEEP_ALIVE_MS }, listener);
  server.timeout = IDLE_MS;
  server.listen(port, host);
  await once(server, 'listening');
  return server;
}
