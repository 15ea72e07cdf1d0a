/** deploy/container/nginx.conf in a real nginx, with TLS, in front of the API. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '@hangtag/emulators/processes/ports.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { listens } from '../support/listens.js';
import { type MemoryApiServer, startMemoryApiServer } from '../support/memory-api-server.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

describe('nginx in front of the API', () => {
  const directory = temporaryDirectory();
  const stops: (() => unknown)[] = [];
  let api: MemoryApiServer;
  let port: number;

  before(async function () {
    for (const [program, option] of [
      ['nginx', '-v'],
      ['openssl', 'version'],
    ] as const)
      if (spawnSync(program, [option]).error) skip(this, `expected ${program} on the PATH but found none`);
    api = await startMemoryApiServer();
    stops.push(() => api.close());
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

  it('answers a request through TLS with the answer of the API', async () => {
    const ca = readFileSync(join(directory, 'server.crt'));

    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '127.0.0.1', port, path: '/classes', ca, servername: 'localhost' }, resolve).on(
        'error',
        reject,
      );
    });

    expect(response.statusCode).to.equal(200);
    expect(await text(response)).to.equal(await (await fetch(`${api.url}/classes`)).text());
  });
});
