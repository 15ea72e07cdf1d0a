/**
 * A Cloud SQL instance as Google's connector sees it: a server that speaks two calls of the SQL Admin API, and a TLS server that
 * takes clients with a certificate of its authority and relays them to PostgreSQL.
 */
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Server } from 'node:net';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import tls from 'node:tls';
import { wardrobeDatabaseOf } from '@hangtag/functions/app/common-adapters.js';
import { parseConfig } from '@hangtag/shared/config.js';
import type { CloudSqlDatabase } from '@hangtag/wardrobe/data/cloud-sql.js';
import { OAuth2Client } from 'google-auth-library';

/** The connector knows no other port. */
export const CONNECTOR_PORT = 3307;
const [PROJECT, REGION, NAME] = ['demo-shop', 'europe-west1', 'hangtag-wardrobe'];
const INSTANCE = `${PROJECT}:${REGION}:${NAME}`;
const API = `/sql/v1beta4/projects/${PROJECT}/instances/${NAME}`;
const HOUR_MS = 3_600_000;
const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
const SIGNED = '-CA ca.pem -CAkey ca.key -CAcreateserial';

/** As the configuration describes it, with the peer in place of Google's server. */
export function cloudSqlDatabase(
  api: string,
  accessToken: string,
  settings: Readonly<Record<string, string>> = {},
): CloudSqlDatabase {
  const place = wardrobeDatabaseOf(parseConfig({ HANGTAG_CLOUD_SQL_INSTANCE: INSTANCE, ...settings }));
  if (typeof place !== 'object') throw new Error('Expected a database on Cloud SQL');
  const auth = new OAuth2Client();
  auth.setCredentials({ access_token: accessToken, expiry_date: Date.now() + HOUR_MS });
  return { ...place, options: { auth, sqlAdminAPIEndpoint: api } };
}

export class CloudSqlPeer {
  /** A client with another one gets no certificate. */
  readonly accessToken = 'token of IAM';
  /** The requests for a certificate: who sent it, and the access token with which the client signs in to the database. */
  readonly certified: { readonly caller: string | undefined; readonly signIn: string | undefined }[] = [];
  /** The common name in the certificate of each client that connected. */
  readonly clients: string[] = [];
  /** Requests for a certificate beyond this number get an error. */
  mostCertificates = Number.POSITIVE_INFINITY;
  readonly #folder: string;
  readonly #admin = createServer((request, response) => void this.#answer(request, response));
  readonly #relay: tls.Server;
  readonly #open = new Set<tls.TLSSocket>();

  /** @param folder for keys and certificates */
  constructor(folder: string, databasePort: number) {
    this.#folder = folder;
    this.#openssl(`req -x509 ${NEW_KEY} -subj /CN=authority -keyout ca.key -out ca.pem`);
    const { privateKey, publicKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    const cert = this.#certificate(publicKey, `${PROJECT}:${NAME}`);
    const identity = { ca: this.#authority, cert, key: privateKey };
    this.#relay = tls.createServer({ ...identity, requestCert: true, minVersion: 'TLSv1.3' }, (client) => {
      this.clients.push(String(client.getPeerCertificate().subject.CN));
      this.#open.add(client.once('close', () => this.#open.delete(client)));
      const database = connect(databasePort, '127.0.0.1');
      client.pipe(database).pipe(client);
      client.on('error', () => database.destroy());
      database.on('error', () => client.destroy());
    });
  }

  async listen(): Promise<void> {
    await this.listenForClients();
    await listening(this.#admin, 0);
  }

  /** The address of the SQL Admin API. */
  get api(): string {
    return `http://127.0.0.1:${(this.#admin.address() as AddressInfo).port}/`;
  }

  async listenForClients(): Promise<void> {
    await listening(this.#relay, CONNECTOR_PORT);
  }

  get connections(): number {
    return this.#open.size;
  }

  /** Ends the connections, and takes no others. */
  async closeForClients(): Promise<void> {
    if (!this.#relay.listening) return;
    for (const client of this.#open) client.destroy();
    await new Promise((resolve) => this.#relay.close(resolve));
  }

  async close(): Promise<void> {
    await this.closeForClients();
    this.#admin.closeAllConnections();
    await new Promise((resolve) => this.#admin.close(resolve));
  }

  get #authority(): string {
    return readFileSync(join(this.#folder, 'ca.pem'), 'utf8');
  }

  #certificate(publicKey: string, commonName: string): string {
    writeFileSync(join(this.#folder, 'public.pem'), publicKey);
    return this.#openssl(`x509 -new -force_pubkey public.pem -subj /CN=${commonName} ${SIGNED}`);
  }

  /** @returns what it prints */
  #openssl(command: string): string {
    const options = { cwd: this.#folder, encoding: 'utf8', stdio: 'pipe' } as const;
    return execFileSync('openssl', [...command.split(' '), '-days', '1'], options);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [status, body] = await this.#answerOf(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  async #answerOf(request: IncomingMessage): Promise<[status: number, body: object]> {
    switch (`${request.method} ${request.url}`) {
      case `GET ${API}/connectSettings`:
        return [
          200,
          {
            region: REGION,
            ipAddresses: [{ type: 'PRIMARY', ipAddress: '127.0.0.1' }],
            serverCaCert: { cert: this.#authority, expirationTime: '2100-01-01T00:00:00Z' },
          },
        ];
      case `POST ${API}:generateEphemeralCert`: {
        const asked = (await json(request)) as {
          readonly public_key: string;
          readonly access_token?: string;
        };
        this.certified.push({ caller: request.headers.authorization, signIn: asked.access_token });
        if (asked.access_token !== this.accessToken || this.certified.length > this.mostCertificates)
          return [403, { error: { code: 403, message: 'no sign-in' } }];
        return [200, { ephemeralCert: { cert: this.#certificate(asked.public_key, 'ephemeral') } }];
      }
      default:
        return [404, {}];
    }
  }
}

async function listening(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}
