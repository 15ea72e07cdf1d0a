/** Who may use a route: the API denies by default. */
import { createApi } from '@hangtag/functions/api/create-api.js';
import {
  type Access,
  callersWith,
  type Identity,
  OPEN,
  publicOrCallersWith,
} from '@hangtag/functions/api/identity.js';
import { Refusal } from '@hangtag/functions/api/refusal.js';
import { defineRoute } from '@hangtag/functions/api/route.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { memoryApp } from '../../support/memory-app.js';
import { ManualClock, ScriptedClassifier } from '../../support/stage.js';

const READER: Identity = {
  tenant: DEFAULT_TENANT,
  scopes: ['read'],
  subject: { kind: 'key', id: 'reader' },
};

function apiWith(access: Access, isPublic = false) {
  const { app, lines } = memoryApp({ clock: new ManualClock(), classifier: new ScriptedClassifier() });
  const api = createApi({
    app,
    isPublic,
    authenticate: async (request) => {
      const header = request.headers.get('authorization');
      if (header === null) return undefined;
      if (header === 'Bearer reader') return READER;
      throw new Refusal('unauthorized', 'Expected a key that exists');
    },
    mounts: [
      (made) => {
        const route = {
          method: 'get',
          path: '/things/{id}',
          responses: { 204: { description: 'Done' } },
        } as const;
        made.openapi(defineRoute(access, { ...route }), (context) => context.body(null, 204));
        made.get('/undeclared', (context) => context.text('secret'));
      },
    ],
  });
  const ask = (path: string, init: RequestInit = {}) => api.request(path, init);
  return { ask, lines };
}

const withKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

describe('The access of a route', () => {
  it('is denied without credentials, with wrong ones, and without the scope', async () => {
    const { ask } = apiWith(callersWith('review'));

    expect((await ask('/things/1')).status).to.equal(401);
    expect((await ask('/things/1', withKey('stranger'))).status).to.equal(401);
    expect((await ask('/things/1', withKey('reader'))).status).to.equal(403);
  });

  it('is given to a caller with the scope', async () => {
    const { ask } = apiWith(callersWith('read'));

    expect((await ask('/things/1', withKey('reader'))).status).to.equal(204);
  });

  it('is given to everybody only in public mode, and only if the route allows it', async () => {
    expect((await apiWith(publicOrCallersWith('predict'), true).ask('/things/1')).status).to.equal(204);
    expect((await apiWith(publicOrCallersWith('predict')).ask('/things/1')).status).to.equal(401);
    expect((await apiWith(callersWith('predict'), true).ask('/things/1')).status).to.equal(401);
  });

  it('is denied to everybody on a route that does not state one', async () => {
    const { ask } = apiWith(OPEN);

    const answer = await ask('/undeclared', withKey('reader'));

    expect(answer.status).to.equal(403);
    expect(await answer.text()).not.to.include('secret');
  });
});

describe('An error of the API', () => {
  it('has a message, a code and the id of the request, which the log line has too', async () => {
    const { ask, lines } = apiWith(OPEN);

    const answer = await ask('/nowhere', { headers: { 'x-request-id': 'r-1' } });

    expect(answer.status).to.equal(404);
    expect(await answer.json()).to.deep.equal({
      error: 'Expected a path of the API but received /nowhere',
      code: 'not-found',
      requestId: 'r-1',
    });
    expect(lines.at(-1)).to.include({ function: 'api', outcome: 'refused', status: 404, requestId: 'r-1' });
  });

  it('names the methods that a path has', async () => {
    const { ask } = apiWith(OPEN);

    const answer = await ask('/things/1', { method: 'DELETE' });

    expect(answer.status).to.equal(405);
    expect(answer.headers.get('allow')).to.equal('GET, HEAD, OPTIONS');
    expect((await ask('/things/', { method: 'DELETE' })).status, 'without an id').to.equal(404);
  });

  it('needs no credentials for OPTIONS, whose answer names the methods that a path has', async () => {
    const { ask } = apiWith(callersWith('read'));

    const answer = await ask('/things/1', { method: 'OPTIONS' });

    expect(answer.status).to.equal(204);
    expect(answer.headers.get('allow')).to.equal('GET, HEAD, OPTIONS');
    expect((await ask('/nowhere', { method: 'OPTIONS' })).status).to.equal(404);
  });

  it('is sent as problem details if the client accepts them', async () => {
    const { ask } = apiWith(OPEN);

    const answer = await ask('/nowhere', { headers: { accept: 'text/html, Application/Problem+JSON' } });

    expect(answer.headers.get('content-type')).to.include('application/problem+json');
    expect(await answer.json()).to.include({ type: 'urn:hangtag:problem:not-found', status: 404 });
  });
});
