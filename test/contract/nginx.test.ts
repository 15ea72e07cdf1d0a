/** deploy/container/nginx.conf in a real nginx, with TLS, in front of the API. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { apiListener } from '@hangtag/functions/api/listener.js';
import { serve } from '@hangtag/functions/api/serve.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { listens } from '../support/listens.js';
import { memoryApp } from '../support/memory-app.js';
import { skip } from '../support/skip.js';
import { ScriptedClassifier } from '../support/stage.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

describe('nginx in front of the API', () => {
  const directory = temporaryDirectory();
  const stops: (() => unknown)[] = [];
  let api: { readonly url: string };
  let port: number;

  before(async function () {
    for (const [program, option] of [
      ['nginx', '-v'],
      ['openssl', 'version'],
    ] as const)
      if (spawnSync(program, [option]).error) skip(this, `expected ${program} on the PATH but found none`);
    api = await startApi();
    port = await freePort();
    makeCertificate();
    writeFileSync(join(directory, 'nginx.conf'), configuration());
    const args = ['-p', directory, '-c', 'nginx.conf', '-e', 'stderr'];
    const { status, stderr } = spawnSync('nginx', [...args, '-t'], { encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
    const nginx = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    stops.push(async () => {
      nginx.kill();
      if (nginx.exitCode === null) await once(nginx, 'exit');
    });
    await until('nginx to listen', () => listens(port));
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  /** As compose.yaml starts it, with a small limit. */
  async function startApi() {
    const compose = readFileSync(fromRoot('deploy/container/compose.yaml'), 'utf8');
    const variables = [...compose.matchAll(/(HANGTAG_\w+): "(\w+)"/g)].map(([, name, value]) => [
      name,
      value,
    ]);
    const { app } = memoryApp({
      clock: systemClock,
      classifier: new ScriptedClassifier(),
      env: {
        HANGTAG_API_ACCESS: 'public',
        HANGTAG_API_REQUESTS_PER_MINUTE: '2',
        ...Object.fromEntries(variables),
      },
    });
    const server = await serve(apiListener(app), { port: 0, host: '127.0.0.1' });
    stops.push(() => {
      server.close();
      server.closeAllConnections();
      return app.close();
    });
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  /** The configuration with the addresses and files of this test. Debian's nginx does not know `http2 on` yet. */
  function configuration(): string {
    const replaced = readFileSync(fromRoot('deploy/container/nginx.conf'), 'utf8')
      .replace('listen 8443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace('http2 on;', '')
      .replaceAll('/etc/nginx/tls/', `${directory}/`)
      .replace('http://api:8080', api.url);
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    const paths = folders.map((name) => `${name}_temp_path ${directory}/${name};`);
    return `daemon off; master_process off; pid ${directory}/nginx.pid; events {}
http { access_log off; ${paths.join(' ')} ${replaced} }`;
  }

  function makeCertificate(): void {
    mkdirSync(join(directory, 'logs'));
    const files = ['-keyout', join(directory, 'server.key'), '-out', join(directory, 'server.crt')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files];
    const { status, stderr } = spawnSync('openssl', request, { encoding: 'utf8' });
    expect(status, stderr).to.equal(0);
  }

  /** @param localAddress of the client */
  function ask(path: string, localAddress = '127.0.0.1'): Promise<IncomingMessage> {
    const ca = readFileSync(join(directory, 'server.crt'));
    return new Promise((resolve, reject) => {
      const request = { host: '127.0.0.1', port, path, ca, servername: 'localhost', localAddress };
      get(request, resolve).on('error', reject);
    });
  }

  it('answers a request through TLS with the answer of the API', async () => {
    const response = await ask('/openapi.json');

    expect(response.statusCode).to.equal(200);
    expect(await text(response)).to.equal(await (await fetch(`${api.url}/openapi.json`)).text());
  });

  it('lets the API count the requests of each client by itself', async () => {
    const statuses = [];
    for (const client of ['127.0.0.2', '127.0.0.2', '127.0.0.2', '127.0.0.3']) {
      const response = await ask('/classes', client);
      response.resume();
      statuses.push(response.statusCode);
    }

    expect(statuses).to.deep.equal([200, 200, 429, 200]);
  });
});
