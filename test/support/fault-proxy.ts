/**
 * A TCP proxy on loopback that injects faults between a client and a server.
 *
 * A fault applies to open and new connections until `heal` or the next fault. A connection that a fault has cut stays cut.
 * Bytes keep their order under every fault: each piece waits for the one before it, and reading stops while pieces wait, so
 * a stalled connection does not fill the memory.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as timer } from 'node:timers/promises';

export type Fault =
  | { readonly kind: 'none' }
  /** Open connections are reset now, and new ones as soon as they are made. */
  | { readonly kind: 'refuse' }
  /** Connections are made, bytes are held back until the fault is healed. */
  | { readonly kind: 'stall' }
  /** Connections are made, bytes are dropped. */
  | { readonly kind: 'blackhole' }
  /** Each piece of data is delayed, in both directions. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** A connection is reset after this many bytes from the server, counted from the start of the fault. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

export interface FaultProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** 0, the default, takes a free port. */
  readonly port?: number;
}

/** Starts a proxy on 127.0.0.1 without a fault. @throws Error the port is taken */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxy(options.target);
  await proxy.listen(options.port ?? 0);
  return proxy;
}

type Direction = 'to-server' | 'to-client';

/** The bytes that a connection has carried since a fault was set. */
interface Counted {
  bytes: number;
  since: Fault;
}

export class FaultProxy {
  readonly #target: FaultProxyOptions['target'];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #fault: Fault = { kind: 'none' };
  #changed = deferred();

  constructor(target: FaultProxyOptions['target']) {
    this.#target = target;
    // Half-open connections are passed on: the end of one side is not the end of the other.
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  async listen(port: number): Promise<void> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The number of open client connections. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  set(fault: Fault): void {
    // A copy, so that `cut` can distinguish this fault from an equal one before.
    this.#fault = { ...fault };
    if (fault.kind === 'refuse') this.#resetAll();
    this.#changed.resolve();
    this.#changed = deferred();
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
    void this.#carry(client, server, 'to-server');
    void this.#carry(server, client, 'to-client');
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

  async #carry(from: Socket, to: Socket, direction: Direction): Promise<void> {
    const counted: Counted = { bytes: 0, since: this.#fault };
    try {
      // The end of one direction must not close the socket that still carries the other.
      for await (const piece of from.iterator({ destroyOnReturn: false })) {
        await this.#untilNotStalled();
        if (from.destroyed) return;
        await this.#pass(piece as Buffer, to, { direction, counted });
      }
      to.end();
    } catch {
      to.resetAndDestroy();
    }
  }

  async #untilNotStalled(): Promise<void> {
    while (this.#fault.kind === 'stall') await this.#changed.promise;
  }

  async #pass(
    piece: Buffer,
    to: Socket,
    { direction, counted }: { readonly direction: Direction; readonly counted: Counted },
  ): Promise<void> {
    const fault = this.#fault;
    switch (fault.kind) {
      case 'none':
      case 'stall':
        return write(to, piece);
      case 'delay':
        await timer(fault.delayMs);
        return write(to, piece);
      case 'cut': {
        if (direction === 'to-server') return write(to, piece);
        if (counted.since !== fault) Object.assign(counted, { bytes: 0, since: fault });
        counted.bytes += piece.length;
        const over = counted.bytes - fault.afterBytes;
        if (over < 0) return write(to, piece);
        await write(to, piece.subarray(0, piece.length - over));
        throw new Error(`Cut after ${fault.afterBytes} bytes`);
      }
      case 'refuse':
      case 'blackhole':
        return;
    }
  }
}

function write(to: Socket, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
