/** Passes one HTTP/1.1 request between a client and a server. */
import {
  type ClientRequest,
  type IncomingMessage,
  request as openRequest,
  type ServerResponse,
} from 'node:http';
import type { Address } from '../processes/ports.js';

export interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Opens the request at the server, over a connection of its own, and passes the answer on. The emulator of Firestore closes a
 * connection after some answers and does not say so before: a request on a kept connection can be lost.
 *
 * @returns the request, to write the body into
 */
export function forward({ request, response }: HttpExchange, { host, port }: Address): ClientRequest {
  const { method, url: path, headers } = request;
  const outgoing = openRequest({ host, port, agent: false, method, path, headers });
  outgoing.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, answer.rawHeaders);
    // An answer to a browser's listener stays open: what has arrived must not wait.
    response.flushHeaders();
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  response.on('close', () => outgoing.destroy());
  return outgoing;
}
