/**
 * A TCP proxy on loopback that can be told to misbehave, between a client and a server that do not know of it.
 *
 * A fault holds for the connections that are open and for those to come, until `heal` or the next fault.
 * Connections that a fault cut stay cut: healing brings back the way, not the past.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { faultyPipe } from './faulty-pipe.js';

export type Fault =
  | { readonly kind: 'none' }
  /** Each connection is reset as soon as it is made, and the open ones now. */
  | { readonly kind: 'refuse' }
  /** Connections are made, bytes stay where they are; they go on when healed. */
  | { readonly kind: 'stall' }
  /** Connections are made, bytes vanish. */
  | { readonly kind: 'blackhole' }
  /** Each piece of data comes this much later, in both directions. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** A connection is reset after this many bytes from the server, counted from the fault. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

export interface FaultProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** 0 or absent: any free one. */
  readonly port?: number;
}

/** Starts a proxy on 127.0.0.1 that passes everything on. @throws Error where the port is taken */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options.target);
  await proxy.listen(options.port ?? 0);
  return proxy;
}

export class FaultProxy {
  readonly #target: FaultProxyOptions['target'];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Told when the fault changes. */
  readonly #pipes = new Set<() => void>();
  #fault: Fault = { kind: 'none' };

  constructor(target: FaultProxyOptions['target']) {
    this.#target = target;
    // Half-open connections are passed on as such: an end of one side is no end of the other.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are open now, as clients count them. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === 'refuse') this.#resetAll();
    for (const changed of this.#pipes) changed();
  }

  heal(): void {
    this.set({ kind: 'none' });
  }

  async stop(): Promise<void> {
    this.#resetAll();
    await new Promise((closed) => this.#server.close(closed));
  }

  #accept(client: Socket): void {
    if (this.#fault.kind === 'refuse') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#target, allowHalfOpen: true });
    this.#join(client, server);
    this.#carry(client, server, 'to-server');
    this.#carry(server, client, 'to-client');
  }

  #carry(from: Socket, to: Socket, direction: 'to-server' | 'to-client'): void {
    const changed = faultyPipe({ from, to, direction, fault: () => this.#fault });
    this.#pipes.add(changed);
    from.once('close', () => this.#pipes.delete(changed));
  }

  /** When one side breaks, the other is reset too. */
  #join(client: Socket, server: Socket): void {
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.once('error', () => other.resetAndDestroy());
      one.once('close', () => {
        this.#sockets.delete(one);
        if (!one.readableEnded) other.resetAndDestroy();
      });
    }
  }

  #resetAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }
}
