/** The description of the API, and what a change of it breaks. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createApi } from '@hangtag/functions/api/create-api.js';
import { ALL } from '@hangtag/functions/api/every-route.js';
import { OPENAPI_FILE, openapiText } from '@hangtag/functions/api/write-openapi.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { memoryApp } from '../../support/memory-app.js';
import { breakingChanges } from '../../support/openapi-changes.js';
import { ManualClock, ScriptedClassifier } from '../../support/stage.js';

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
    expect(html)
      .to.include('POST /predict')
      .and.not.match(/<script|src=|https?:\/\/(?!127)[^<]*\.(js|css)/);
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
