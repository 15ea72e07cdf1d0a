/**
 * The port of an emulator that people and web pages use. The emulator itself listens on an address that only the processes of
 * the stack know.
 *
 *     program ──HTTP/2────► guard ──────────────────────► emulator ◄── functions, bridge
 *     page ────HTTP/1.1──► guard ──Host, Origin allowed──►
 */
import { connect, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Address } from '../processes/ports.js';
import { type FrontPort, openFrontPort } from '../proxy/front-port.js';
import { forward } from '../proxy/http-relay.js';

/** @throws Error the port is taken */
export async function startGuard(port: number, emulator: Address): Promise<FrontPort> {
  return openFrontPort({
    port,
    onRequest: (request, response) => request.pipe(forward({ request, response }, emulator)),
    onHttp2: (socket) => relayBytes(socket, connect({ ...emulator, noDelay: true })),
  });
}

/** Ends both connections when one of them ends or fails. */
function relayBytes(client: Socket, server: Socket): void {
  pipeline(client, server, client, () => undefined);
}
