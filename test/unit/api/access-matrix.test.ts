/** Every route of the API with every kind of credentials. The routes come from the API itself, so that none can be forgotten. */

import { readFileSync } from 'node:fs';
import { type Access, OPEN } from '@hangtag/functions/api/identity.js';
import { ACCESS } from '@hangtag/functions/api/route.js';
import { SCOPES } from '@hangtag/shared/domain/api-key.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';
import { ApiStage } from '../../support/api-stage.js';

interface Row {
  readonly route: string;
  readonly access: Access;
}

/** Every route, with example values in its path. */
function rows({ api }: ApiStage): readonly Row[] {
  return api.openAPIRegistry.definitions.flatMap((each) => {
    if (each.type !== 'route') return [];
    const { method, path } = each.route;
    return [{ route: `${method.toUpperCase()} ${path}`, access: Reflect.get(each.route, ACCESS) as Access }];
  });
}

/** Has what any route needs; a route ignores the other fields. */
const BODY = {
  ...{ name: 'x.jpg', contentType: 'image/jpeg', size: 1 },
  ...{ category: 'Handbags', isNew: true, scopes: ['read'], model: 'shop@1' },
};

const FOREIGN = 'other' as TenantId;
const NOTHING_FOREIGN = new Set([
  // They answer the caller's own tenant, or are about the model or this process.
  'GET /v1/images',
  'GET /v1/export',
  'GET /v1/budget',
  'GET /v1/keys',
  'GET /v1/keys/me',
  'GET /v1/model',
  'GET /stats',
  'GET /classes',
  'POST /predict',
  'POST /v2/models/{model}/infer',
  'POST /predict_batch',
  'POST /v1/uploads',
  'POST /v1/keys',
  'POST /v1/sweeps',
  'POST /v1/replays',
  // The wardrobe is that of the person who asks: test/contract/wardrobe-api.test.ts.
  'GET /v1/wardrobe',
  'PUT /v1/wardrobe/items/{id}',
  'PUT /v1/wardrobe/profile',
  'PUT /v1/wardrobe/calendar',
  'POST /v1/wardrobe/calendar/google',
  'PUT /v1/wardrobe/calendar/google',
  'DELETE /v1/wardrobe/calendar/google',
  'PUT /v1/wardrobe/occasions',
  'POST /v1/outfits',
  'POST /v1/outfits/{id}/{action}',
  'GET /v1/outfits',
]);

/** The lines of the table in docs/api.md. HANGTAG_PRINT_MATRIX=1 prints all of them. */
const DOCUMENTED = readFileSync(fromRoot('docs/api.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| `(GET|POST|PUT|DELETE) /.test(line));

describe('Every route of the API', () => {
  let stage: ApiStage;
  let imageId: string;
  let keyId: string;
  const table: string[] = [];

  beforeEach(async () => {
    stage = new ApiStage();
    imageId = await stage.add('returns/1.jpg');
    keyId = (await stage.key(['read'])).split('_')[1] ?? '';
  });

  after(() => {
    if (process.env['HANGTAG_PRINT_MATRIX'] !== undefined) console.log(table.join('\n'));
  });

  const document = (route: string, ...cells: readonly (string | number)[]) => {
    const line = `| \`${route}\` | ${cells.join(' | ')} |`;
    table.push(line);
    expect(DOCUMENTED, 'docs/api.md').to.include(line);
  };
  const request = (route: string) =>
    route
      .replace('/v1/images/{id}', `/v1/images/${imageId}`)
      .replace('/v1/keys/{id}', `/v1/keys/${keyId}`)
      .replace('{day}', '2026-01-01')
      .replace('{action}', 'pause')
      .replace('{model}', 'fashion')
      .replace('{version}', '1');
  const status = async (key: string | undefined, route: string) =>
    (await stage.ask(key, request(route), /^(POST|PUT) /.test(route) ? BODY : undefined)).status;

  it('states its access', () => {
    for (const { route, access } of rows(stage)) expect(access, route).to.be.an('object');
  });

  for (const { route, access } of rows(new ApiStage())) {
    if (access.anonymous === 'always') {
      it(`${route} is open to everybody, and says nothing about images`, async () => {
        expect(access).to.deep.equal(OPEN);
        const none = await status(undefined, route);
        expect(none).not.to.be.oneOf([401, 403]);
        document(route, '', none, none, none, none, none);
      });
      continue;
    }

    it(`${route} needs ${access.scopes.join(' and ') || 'credentials'}`, async () => {
      const ports = await stage.memory.app.keys();
      const [id] = [(await stage.key(SCOPES)).split('_')[1] ?? ''];
      const expired = await stage.key(SCOPES);
      const revoked = await stage.key(SCOPES);
      const others = SCOPES.filter((scope) => !access.scopes.includes(scope));
      const [none, wrong, ended, gone, under] = [
        await status(undefined, route),
        await status(`ht_${id}_${'A'.repeat(43)}`, route),
        await ports.keys
          .update(idOf(expired), { expiresAt: stage.clock.now() })
          .then(() => status(expired, route)),
        await ports.keys.update(idOf(revoked), { revokedAt: 1 }).then(() => status(revoked, route)),
        access.scopes.length === 0 ? '' : await status(await stage.key(others), route),
      ];
      const foreign = await status(await stage.key(SCOPES, FOREIGN), route);
      const right = await status(await stage.key(access.scopes), route);

      expect([none, wrong, ended, gone]).to.deep.equal([401, 401, 401, 401]);
      expect(under).to.be.oneOf([403, '']);
      if (!NOTHING_FOREIGN.has(route)) expect(foreign).to.equal(404);
      expect(right).not.to.be.oneOf([401, 403, 500]);
      document(route, access.scopes.join(', '), none, wrong, under, foreign, right);
    });
  }

  it('has its line in the table of docs/api.md, and no other route has one', () => {
    expect(DOCUMENTED).to.have.length(rows(stage).length);
  });

  it('that lists shows nothing of another tenant', async () => {
    const foreign = await stage.key(SCOPES, FOREIGN);

    const images = await stage.read(foreign, 'GET /v1/images');
    const exported = await (await stage.ask(foreign, 'GET /v1/export')).text();
    const { keys } = await stage.read<{ keys: object[] }>(foreign, 'GET /v1/keys');

    expect(images).to.deep.equal({ images: [] });
    expect(exported).to.equal('');
    expect(keys).to.have.length(1);
  });
});

function idOf(key: string) {
  return key.split('_')[1] as Parameters<
    Awaited<ReturnType<ApiStage['memory']['app']['keys']>>['keys']['get']
  >[0];
}
