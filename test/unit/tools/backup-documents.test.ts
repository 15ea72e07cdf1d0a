/** How a backup and a restore ask Firestore: page by page, and again if the failure can pass. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DocumentDatabase } from '@hangtag/tools/backup/documents.js';
import { expect } from 'chai';
import { rejection } from '../../support/rejection.js';

const DOCUMENT = { path: 'tenants/default', fields: {} };

describe('The documents of a backup', () => {
  let server: Server;
  let statuses: number[];
  let answers: object[];
  let bodies: string[];

  beforeEach(async () => {
    statuses = [];
    answers = [];
    bodies = [];
    server = createServer(async (request, response) => {
      bodies.push((await request.toArray()).join(''));
      response.writeHead(statuses.shift() ?? 200).end(JSON.stringify(answers.shift() ?? {}));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => server.close());

  const database = () =>
    new DocumentDatabase({
      FIRESTORE_EMULATOR_HOST: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      GOOGLE_CLOUD_PROJECT: 'demo',
    });

  it('are read page by page to the last one, each page after the last document of the one before', async () => {
    const root = 'projects/demo/databases/(default)/documents';
    const page = (first: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        document: { name: `${root}/tenants/${first + index}` },
      }));
    answers = [page(0, 1_000), page(1_000, 1)];

    const paths: string[] = [];
    for await (const { path } of database().read()) paths.push(path);

    expect(paths).to.deep.equal(Array.from({ length: 1_001 }, (_, index) => `tenants/${index}`));
    const startsAt = bodies.map((body) => JSON.parse(body).structuredQuery.startAt);
    expect(startsAt).to.deep.equal([
      undefined,
      { values: [{ referenceValue: `${root}/tenants/999` }], before: false },
    ]);
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
