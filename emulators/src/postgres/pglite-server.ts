/**
 * PGlite, PostgreSQL as WebAssembly, behind PostgreSQL's protocol on loopback: a local stack needs no database server, and its
 * functions and tools use the same client as in the cloud. PGlite has one session, so clients take turns: a turn ends when
 * the server is ready for the next query and no transaction is open.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { PGlite } from '@electric-sql/pglite';
import { takeBatch } from './frontend-messages.js';

export interface PgliteServer {
  readonly url: string;
  close(): Promise<void>;
}

/** The last byte of ReadyForQuery, when no transaction is open. */
const IDLE = 'I'.charCodeAt(0);

/** @param folder of the data; undefined: in memory */
export async function startPgliteServer(port: number, folder?: string): Promise<PgliteServer> {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create(folder === undefined ? {} : { dataDir: folder });
  const turns = new Turns();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(socket, { database, turns })
      .catch(() => undefined)
      .finally(() => {
        sockets.delete(socket);
        socket.destroy();
      });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const used = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `postgres://postgres@127.0.0.1:${used}/postgres`,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await turns.take();
      await database.close();
    },
  };
}

interface Session {
  readonly database: PGlite;
  readonly turns: Turns;
}

/** Resolves when the client has gone. */
async function serve(socket: Socket, { database, turns }: Session): Promise<void> {
  let received = Buffer.alloc(0);
  let isStarted = false;
  let end: (() => void) | undefined;
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk]);
      for (;;) {
        const batch = takeBatch(received, isStarted);
        if (batch === undefined) break;
        received = batch.rest;
        if (batch.kind === 'encryption') {
          socket.write('N');
          continue;
        }
        if (batch.kind === 'end') return;
        isStarted = true;
        end ??= await turns.take();
        const answer = await database.execProtocolRaw(batch.bytes);
        socket.write(answer);
        if (answer.at(-1) !== IDLE) continue;
        end();
        end = undefined;
      }
    }
  } finally {
    if (end !== undefined) {
      await database.exec('rollback');
      end();
    }
  }
}

/** One client at a time, in the order in which they ask. */
class Turns {
  #last: Promise<void> = Promise.resolve();

  /** @returns a function that ends the turn */
  async take(): Promise<() => void> {
    const before = this.#last;
    let end = () => {};
    this.#last = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    return end;
  }
}
