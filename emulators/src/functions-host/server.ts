/**
 * One HTTP server for several functions: `/NAME` and all paths below it belong to the function of that name; `/healthz`
 * answers as soon as the functions are loaded.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { onlyLocal } from '../only-local.js';

/** Cloud Run's limit for a request over HTTP/1. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Longer than callers keep idle connections, so that the server does not close a connection that a caller is about to use. */
const KEEP_ALIVE_MS = 75_000;

export function createFunctionsServer(endpoints: ReadonlyMap<string, RequestListener>): Server {
  const listener: RequestListener = (request, response) => {
    const { name, rest } = splitPath(request.url ?? '/');
    if (name === 'healthz') return answer(response, 200);
    const endpoint = endpoints.get(name);
    if (endpoint === undefined) return answer(response, 404);
    request.url = rest;
    endpoint(request, response);
  };
  const server = createServer(onlyLocal(listener));
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

/** `/api/images?x=1` is `/images?x=1` of `api`. */
function splitPath(url: string): { readonly name: string; readonly rest: string } {
  const [, name = '', rest = ''] = /^\/([^/?]*)(.*)$/.exec(url) ?? [];
  return { name, rest: rest.startsWith('/') ? rest : `/${rest}` };
}

/** Limits the size of bodies, for functions that read them completely into memory. A body of unknown length is refused. */
export function limitBody(listener: RequestListener): RequestListener {
  return (request, response) => {
    const refusal = bodyRefusal(request);
    if (refusal !== undefined) return answer(response, refusal);
    listener(request, response);
  };
}

function bodyRefusal(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return 411;
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES ? 413 : undefined;
}

function answer(response: ServerResponse, status: number): void {
  const close = status >= 400 ? { connection: 'close' } : {};
  response.writeHead(status, { 'content-type': 'text/plain', ...close }).end();
}
