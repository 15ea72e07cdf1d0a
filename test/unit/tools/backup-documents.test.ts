/** How a backup asks Firestore: what passes is asked again. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DocumentDatabase } from '@hangtag/tools/backup/documents.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';

const DOCUMENT = { path: 'tenants/default', fields: {} };

describe('The documents of a restore', () => {
  let server: Server;
  let statuses: number[];
  let bodies: string[];

  beforeEach(async () => {
    bodies = [];
    server = createServer(async (request, response) => {
      bodies.push((await request.toArray()).join(''));
      response.writeHead(statuses.shift() ?? 200).end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  const database = () =>
    new DocumentDatabase({
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      GOOGLE_CLOUD_PROJECT: 'demo',
    });

  it('are written again if another transaction holds one of them', async () => {
    statuses = [409];

    await database().write([DOCUMENT]);

    expect(bodies).to.have.length(2);
    expect(bodies[1]).to.equal(bodies[0]);
  });

  it('are not written again if Firestore refuses them', async () => {
    statuses = [403, 403];

    const error = await rejection(database().write([DOCUMENT]));

    expect(error).to.have.property('message', 'Expected commit of Firestore to succeed but received 403 {}');
    expect(bodies).to.have.length(1);
  });
});
