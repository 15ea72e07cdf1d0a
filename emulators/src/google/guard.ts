/**
 * The port of an emulator that people and web pages use. The emulator itself listens on an address that only the processes of
 * the stack know.
 *
 *     program ──HTTP/2────► guard ──────────────────────► emulator ◄── functions, bridge
 *     page ────HTTP/1.1──► guard ──Host, Origin allowed──►
 *
 * The emulator of Firestore keeps the listeners of closed pages: the guard ends them.
 */
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Address } from '../processes/ports.js';
import { type FrontPort, openFrontPort } from '../proxy/front-port.js';
import { WebListeners } from './web-listeners.js';

/**
 * @param goneMs the listeners of a page without a request for this time are ended
 * @throws Error the port is taken
 */
export async function startGuard(port: number, emulator: Address, goneMs?: number): Promise<FrontPort> {
  const listeners = new WebListeners(emulator, goneMs);
  return openFrontPort({
    port,
    onRequest: (request, response) => {
      listeners.relay({ request, response }).catch(() => response.destroy());
    },
    onHttp2: (socket) => relayBytes(socket, connect({ ...emulator, noDelay: true })),
  });
}

/** Ends both connections when one of them ends or fails. */
function relayBytes(client: Socket, server: Socket): void {
  pipeline(client, server, client, () => undefined);
}
