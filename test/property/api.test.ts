/** Hostile requests, made from openapi.json. `npm run fuzz -- --api` sends 10,000 of them. */
import { readFileSync } from 'node:fs';
import { OPEN } from '@hangtag/functions/api/identity.js';
import { defineRoute } from '@hangtag/functions/api/route.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { faultOf, fuzzApi, type OpenapiDocument } from '../support/api-fuzz.js';
import { type MemoryApiServer, startMemoryApiServer } from '../support/memory-api-server.js';

const DOCUMENT: OpenapiDocument = JSON.parse(readFileSync(fromRoot('openapi.json'), 'utf8'));
const CONTROL: OpenapiDocument = { paths: { '/control': { get: {} } } };

const CONTROL_ROUTE = defineRoute(OPEN, {
  method: 'get',
  path: '/control',
  responses: { 204: { description: 'Never' } },
});

describe('The API under hostile requests', function () {
  this.timeout(240_000);
  let server: MemoryApiServer;
  before(async () => {
    server = await startMemoryApiServer((api) => {
      api.openapi(CONTROL_ROUTE, () => {
        throw new Error('made to fail');
      });
    });
  });
  after(() => server.close());

  it('answers none of 1,000 requests with a server error, and lets none wait', async () => {
    const { port, known } = server;

    expect(await fuzzApi({ port, known, document: DOCUMENT, requests: 1_000, seed: 17 })).to.deep.equal([]);
  });

  it('is seen to fail by the same requests where a route fails', async () => {
    const faults = await fuzzApi({ port: server.port, document: CONTROL, requests: 30, seed: 17 });

    expect(faults.map(({ what }) => what)).to.include('answer 500');
  });

  it('is judged by every answer of a connection, and may say that it is busy', () => {
    const ok = 'HTTP/1.1 200 OK\r\n\r\n{}';

    expect(faultOf(`${ok}HTTP/1.1 500 Internal Server Error\r\n\r\n`)).to.equal('answer 500');
    expect(faultOf('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n\r\n')).to.equal(undefined);
    expect(faultOf('HTTP/1.1 503 Service Unavailable\r\n\r\n')).to.equal('answer 503');
    expect(faultOf('hung')).to.equal('no answer in time');
  });
});
