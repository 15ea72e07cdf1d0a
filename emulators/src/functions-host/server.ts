/**
 * One HTTP server for several functions: `/NAME` and what lies below it go to the function of that name,
 * `/healthz` answers as soon as the functions are loaded.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { getTestServer } from '@google-cloud/functions-framework/testing';

/** Cloud Run's own limit for a request over HTTP/1. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** Longer than callers keep idle connections, so that none is closed under a request. */
const KEEP_ALIVE_MS = 75_000;

export function createFunctionsServer(targets: readonly string[]): Server {
  // functions-framework's own command line serves one target a process; its test server is the same Express
  // application without the listening.
  const applications = new Map(targets.map((target) => [target, getTestServer(target)]));
  const server = createServer((request, response) => {
    const { name, rest } = splitPath(request.url ?? '/');
    if (name === 'healthz') return answer(response, 200);
    const application = applications.get(name);
    if (application === undefined) return answer(response, 404);
    const refusal = bodyRefusal(request);
    if (refusal !== undefined) return answer(response, refusal);
    request.url = rest;
    application.emit('request', request, response);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

/** `/api/images?x=1` is `/images?x=1` of `api`. */
function splitPath(url: string): { readonly name: string; readonly rest: string } {
  const [, name = '', rest = ''] = /^\/([^/?]*)(.*)$/.exec(url) ?? [];
  return { name, rest: rest.startsWith('/') ? rest : `/${rest}` };
}

/** functions-framework reads up to 1 GiB into memory; a body of unknown length could be any size. */
function bodyRefusal(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return 411;
  return Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES ? 413 : undefined;
}

function answer(response: ServerResponse, status: number): void {
  const close = status >= 400 ? { connection: 'close' } : {};
  response.writeHead(status, { 'content-type': 'text/plain', ...close }).end();
}
