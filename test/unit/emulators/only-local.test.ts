import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { createFunctionsServer } from '@hangtag/emulators/functions-host/server.js';
import { onlyLocal } from '@hangtag/emulators/only-local.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { expect } from 'chai';

type Headers = Readonly<Record<string, string>>;

const FOREIGN: readonly (readonly [request: string, headers: Headers])[] = [
  ['a rebound domain name', { host: 'evil.example:8700' }],
  ['a name that begins like loopback', { host: '127.0.0.1.evil.example' }],
  ['a name that ends like loopback', { host: 'notlocalhost' }],
  ['another address', { host: '192.168.1.7:8700' }],
  ['a host behind user information', { host: 'localhost@evil.example' }],
  ['an empty host', { host: '' }],
  ['a foreign origin', { origin: 'https://evil.example' }],
  ['an opaque origin', { origin: 'null' }],
  ['an extension', { origin: 'chrome-extension://127.0.0.1' }],
  ['a foreign referrer', { referer: 'https://evil.example/page' }],
  ['a cross-site request without an origin', { 'sec-fetch-site': 'cross-site' }],
  [
    'a rebound page that calls itself same-origin',
    { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' },
  ],
];

const LOCAL: readonly (readonly [request: string, headers: Headers])[] = [
  ['a program', {}],
  ['localhost', { host: 'localhost:8700' }],
  ['a name under localhost', { host: 'bucket.localhost' }],
  ['the IPv6 loopback address', { host: '[::1]:8700' }],
  ['a page on another port', { origin: 'http://localhost:5173', 'sec-fetch-site': 'cross-site' }],
  ['an image of a local page', { referer: 'http://localhost:5173/', 'sec-fetch-site': 'cross-site' }],
  ['an address typed by the user', { 'sec-fetch-site': 'none' }],
  ['an allowed host', { host: 'hangtag:8700', origin: 'http://hangtag:3000' }],
];

describe('a server for local requests only', () => {
  let server: Server;
  let reached: string[] = [];

  before(async () => {
    const listener = onlyLocal(
      (incoming, response) => {
        reached.push(String(incoming.method));
        response.end('reached');
      },
      { hosts: ['hangtag'], origin: (origin) => origin === 'https://configured.example' },
    );
    server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(() => {
    reached = [];
  });
  after(() => new Promise((closed) => server.close(closed)));

  async function send(to: Server, headers: Headers, path = '/'): Promise<{ status: number; body: string }> {
    const { port } = to.address() as AddressInfo;
    const outgoing = request({ host: '127.0.0.1', port, path, method: 'POST', headers, setHost: false });
    if (headers['host'] === undefined) outgoing.setHeader('host', `127.0.0.1:${port}`);
    outgoing.setHeader('content-length', 6);
    outgoing.end('a body');
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, body: await text(response) };
  }

  for (const [name, headers] of FOREIGN) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await send(server, headers);

      expect(status).to.equal(403);
      expect(body).to.match(/^Expected .+ but received .*\. To allow a host, set HANGTAG_ALLOWED_HOSTS\.\n$/);
      expect(reached).to.deep.equal([]);
    });
  }

  for (const [name, headers] of LOCAL) {
    it(`accepts ${name}`, async () => {
      expect((await send(server, headers)).status).to.equal(200);
    });
  }

  it('accepts an origin that the server allows', async () => {
    expect((await send(server, { origin: 'https://configured.example' })).status).to.equal(200);
  });

  it('accepts the hosts of HANGTAG_ALLOWED_HOSTS, which the configuration of the functions knows', async () => {
    process.env['HANGTAG_ALLOWED_HOSTS'] = 'photos, hangtag.test';
    const other = createServer(onlyLocal((_incoming, response) => response.end())).listen(0, '127.0.0.1');
    const config = parseConfig(process.env);
    delete process.env['HANGTAG_ALLOWED_HOSTS'];
    await once(other, 'listening');

    const accepted = [
      (await send(other, { host: 'photos:8700' })).status,
      (await send(other, { host: 'hangtag.test' })).status,
      (await send(other, { host: 'hangtag' })).status,
    ];
    await new Promise((closed) => other.close(closed));

    expect(accepted).to.deep.equal([200, 200, 403]);
    expect(config.HANGTAG_ALLOWED_HOSTS).to.equal('photos, hangtag.test');
  });

  it('protects the functions host', async () => {
    const endpoints = new Map([
      ['sweepNow', (_incoming: IncomingMessage, response: ServerResponse) => void response.end()],
    ]);
    const functions = createFunctionsServer(endpoints).listen(0, '127.0.0.1');
    await once(functions, 'listening');

    const statuses = [
      (await send(functions, { host: 'evil.example' }, '/sweepNow')).status,
      (await send(functions, { origin: 'https://evil.example' }, '/sweepNow')).status,
      (await send(functions, {}, '/sweepNow')).status,
    ];
    await new Promise((closed) => functions.close(closed));

    expect(statuses).to.deep.equal([403, 403, 200]);
  });
});
