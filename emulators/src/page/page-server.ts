/**
 * Serves the page (`web/dist`) of a local stack, with the addresses that it needs as `hangtag.json`. Its Content Security Policy
 * names these addresses and no others.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Settings, TestUser } from '@hangtag/web/settings.js';
import sirv from 'sirv';
import { onlyLocal } from '../only-local.js';
import { HOST } from '../start/stack-plan.js';

/** Users of a local stack. Their tokens are not signed; emulator and bucket server apply the rules to them. */
export const TEST_USERS: readonly TestUser[] = [
  { uid: 'reviewer', tenant: 'default', role: 'reviewer' },
  { uid: 'second-reviewer', tenant: 'default', role: 'reviewer' },
  { uid: 'admin', tenant: 'default', role: 'admin' },
  { uid: 'viewer', tenant: 'default', role: 'viewer' },
  { uid: 'acme-reviewer', tenant: 'acme', role: 'reviewer' },
];

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws {Error} the port is taken */
export async function startPageServer(
  { folder, port }: { readonly folder: string; readonly port: number },
  settings: Settings,
): Promise<PageServer> {
  const server = createServer(onlyLocal(pageListener(folder, settings)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, HOST, resolve);
  });
  return { url: `http://${HOST}:${port}`, close: () => stop(server) };
}

function pageListener(folder: string, settings: Settings): RequestListener {
  const files = sirv(folder, {
    // Read with each request: a new build is served at once.
    dev: true,
    etag: true,
    setHeaders: (response, path) => {
      if (path.startsWith('/assets/'))
        response.setHeader('cache-control', 'public, max-age=31536000, immutable');
    },
  });
  const policy = contentSecurityPolicy(settings);
  return (request, response) => {
    response.setHeader('content-security-policy', policy);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (request.url?.split('?')[0] === '/hangtag.json') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(settings));
    } else {
      files(request, response, () => {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
      });
    }
  };
}

function contentSecurityPolicy({ firestoreEmulator, storageEmulator, api }: Settings): string {
  const [firestore, storage] = [`http://${firestoreEmulator}`, `http://${storageEmulator}`];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' ${storage}`,
    ['connect-src', "'self'", firestore, storage, ...(api === undefined ? [] : [new URL(api).origin])].join(
      ' ',
    ),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
