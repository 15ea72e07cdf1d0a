/** The description of the API, and what a change of it breaks. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createApi } from '@hangtag/functions/api/create-api.js';
import { ALL } from '@hangtag/functions/api/every-route.js';
import { OPENAPI_FILE, openapiText } from '@hangtag/functions/api/write-openapi.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { assertDescribed } from '../../support/described-answers.js';
import { memoryApp } from '../../support/memory-app.js';
import { breakingChanges } from '../../support/openapi-changes.js';
import { rejection } from '../../support/rejection.js';
import { ManualClock, ScriptedClassifier } from '../../support/stage.js';

interface Description {
  readonly paths: Record<string, Record<string, { readonly operationId: string; readonly tags: string[] }>>;
  readonly components: { readonly schemas: object };
  readonly tags: readonly { readonly name: string }[];
}

function everyRoute() {
  const { app } = memoryApp({ clock: new ManualClock(), classifier: new ScriptedClassifier() });
  return createApi({ app, authenticate: async () => undefined, isPublic: false, mounts: ALL });
}

describe('openapi.json', () => {
  it('is what `npm run openapi` makes of the routes', () => {
    const committed = readFileSync(OPENAPI_FILE, 'utf8');
    const made = openapiText();

    const broken = breakingChanges(JSON.parse(committed), JSON.parse(made));

    expect(
      broken,
      `These changes break clients, and need a new version:\n${broken.join('\n')}`,
    ).to.deep.equal([]);
    expect(made, 'Stale: run `npm run openapi`').to.equal(committed);
  });

  it('is the source of the types of @hangtag/client', () => {
    const digest = createHash('sha256').update(readFileSync(OPENAPI_FILE)).digest('hex');

    const [source] = readFileSync(fromRoot('client/src/openapi.ts'), 'utf8').split('\n');

    expect(source, 'Stale: run `npm run openapi`').to.equal(`// Of openapi.json with SHA-256 ${digest}`);
  });

  it('describes every route of the API, with the access that it asks', () => {
    const { paths } = JSON.parse(openapiText());

    for (const { method, path } of everyRoute().routes.filter((each) => each.method !== 'ALL')) {
      const operation = paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      expect(operation?.['x-access'], `${method} ${path}`).to.include.keys('scopes', 'anonymous');
    }
  });

  it('is served, and as a page that loads nothing from elsewhere', async () => {
    const api = everyRoute();

    const [document, page] = await Promise.all([api.request('/openapi.json'), api.request('/docs')]);
    const html = await page.text();

    expect(await document.json()).to.have.property('openapi', '3.1.0');
    expect(page.headers.get('content-security-policy')).to.include("default-src 'none'");
    expect(html).not.to.match(/<script|<link|src=|@import|url\(/);
  });

  it('is a page with every operation, its scope and a call of it, and with every schema', async () => {
    const { paths, components, tags }: Description = JSON.parse(openapiText());
    const html = await (await everyRoute().request('/docs')).text();
    const operations = Object.values(paths).flatMap((item) => Object.values(item));

    expect(html.match(/<article /g)).to.have.length(operations.length);
    for (const {
      operationId,
      tags: [tag],
    } of operations) {
      expect(tags.map(({ name }) => name)).to.include(tag);
      expect(html.split(`id="${operationId}"`)).to.have.length(2);
      expect(html.split(`id="${operationId}"`)[1]?.split('</article>')[0]).to.include('$HANGTAG_URL/');
    }
    for (const name of Object.keys(components.schemas)) expect(html).to.include(`id="schema-${name}"`);
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    for (const id of targets) expect(html).to.include(`id="${id}"`);
  });
});

describe('An answer in the tests of the API', () => {
  const answer = (status: number, body: unknown, type = 'application/json') =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });

  it('has a status, a type and a schema of openapi.json', async () => {
    const error = { error: 'Expected a day', code: 'invalid-request', requestId: 'a' };
    await assertDescribed('GET', '/v1/reports/today?x=1', answer(400, error));

    for (const wrong of [answer(418, error), answer(400, error, 'text/plain'), answer(400, { error: 'no' })])
      expect(await rejection(assertDescribed('GET', '/v1/reports/today', wrong))).to.be.instanceOf(Error);
  });
});

describe('A change of the API', () => {
  const before = {
    paths: {
      '/a': {
        get: { responses: { 200: {} } },
        post: { requestBody: { required: ['x'] }, responses: { 200: { type: 'string' } } },
      },
    },
  };

  it('breaks clients where something is removed, changed, or newly required, and is named', () => {
    const after = {
      paths: {
        '/a': { post: { requestBody: { required: ['x', 'y'] }, responses: { 200: { type: 'number' } } } },
      },
    };

    expect(breakingChanges(before, after)).to.deep.equal([
      'paths./a.get: removed',
      'paths./a.post.requestBody.required: now needs y',
      'paths./a.post.responses.200.type: "string" became "number"',
    ]);
  });

  it('breaks nobody where something is added or explained', () => {
    const after = { paths: { ...before.paths, '/b': { get: { description: 'New' } } }, info: {} };

    expect(breakingChanges(before, after)).to.deep.equal([]);
  });
});
