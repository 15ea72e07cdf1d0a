/**
 * Serves the page (`web/dist`) of a local stack, with the addresses that it needs as `hangtag.json`. Its Content Security Policy
 * names these addresses and no others. Firebase Hosting serves the same files with the settings of web/public/hangtag.json.
 */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { Member, Settings } from '@hangtag/web/settings.js';
import sirv from 'sirv';
import { onlyLocal } from '../only-local.js';
import { HOST } from '../start/stack-plan.js';
import { pageHeaders } from './page-headers.js';

/** Users of a local stack. Their tokens are not signed; emulator and bucket server apply the rules to them. */
export const TEST_USERS: readonly Member[] = [
  { uid: 'reviewer', tenant: 'default', role: 'reviewer' },
  { uid: 'second-reviewer', tenant: 'default', role: 'reviewer' },
  { uid: 'admin', tenant: 'default', role: 'admin' },
  { uid: 'viewer', tenant: 'default', role: 'viewer' },
  { uid: 'acme-reviewer', tenant: 'acme', role: 'reviewer' },
];

export type LocalSettings = Settings & Required<Pick<Settings, 'firestoreEmulator' | 'storageEmulator'>>;

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws {Error} the port is taken */
export async function startPageServer(
  { folder, port }: { readonly folder: string; readonly port: number },
  settings: LocalSettings,
): Promise<PageServer> {
  const server = createServer(onlyLocal(pageListener(folder, settings)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, HOST, resolve);
  });
  return { url: `http://${HOST}:${port}`, close: () => stop(server) };
}

function pageListener(folder: string, settings: LocalSettings): RequestListener {
  const files = sirv(folder, {
    // Read with each request: a new build is served at once.
    dev: true,
    etag: true,
    setHeaders: (response, path) => {
      if (path.startsWith('/assets/'))
        response.setHeader('cache-control', 'public, max-age=31536000, immutable');
    },
  });
  const { firestoreEmulator, storageEmulator, api, projectId, bucket } = settings;
  const pictures = [`http://${storageEmulator}`];
  const others = [`http://${firestoreEmulator}`, ...(api === undefined ? [] : [new URL(api).origin])];
  const headers = Object.entries(pageHeaders({ pictures, others }));
  const documents: Readonly<Record<string, object>> = {
    '/hangtag.json': settings,
    // The address at which Firebase Hosting names the project.
    '/__/firebase/init.json': { projectId, storageBucket: bucket },
  };
  return (request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    const document = documents[request.url?.split('?')[0] ?? ''];
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
    } else if (document !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(document));
    } else {
      files(request, response, () => {
        response.writeHead(404, { 'content-type': 'text/plain' }).end('Not found\n');
      });
    }
  };
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
