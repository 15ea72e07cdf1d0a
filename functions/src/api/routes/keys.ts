/** API keys of the caller's tenant. */
import { type ApiKey, isKeyId, type KeyId, keyStateOf, SCOPES } from '@hangtag/shared/domain/api-key.js';
import { InputError } from '@hangtag/shared/errors.js';
import { z } from '@hono/zod-openapi';
import { createKey, DEFAULT_GRACE_MS, type IssuedKey, revokeKey, rotateKey } from '../../keys/handler.js';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json, jsonBody, optionalJsonBody } from '../route.js';
import { Timestamp, timeOf, timeOrNull } from '../schemas.js';

const HOUR_MS = 3_600_000;
const Scopes = z.array(z.enum(SCOPES));
const Id = z.object({
  id: z.string().refine(isKeyId, 'Expected twelve hexadecimal digits').openapi({ example: '0123456789ab' }),
});

const Key = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: Scopes,
    state: z.enum(['valid', 'expired', 'revoked']),
    createdAt: Timestamp,
    expiresAt: Timestamp.nullable(),
    revokedAt: Timestamp.nullable(),
    lastUsedAt: Timestamp.nullable().openapi({ description: 'At most a minute late' }),
    replacedBy: z.string().nullable(),
  })
  .openapi('Key');

const IssuedKeyAnswer = Key.extend({
  key: z.string().openapi({ description: 'The key itself: it is shown only once' }),
}).openapi('IssuedKey');

const me = defineRoute(callersWith(), {
  method: 'get',
  path: '/v1/keys/me',
  tags: ['Keys'],
  operationId: 'getCaller',
  summary: 'What the credentials of this request may do',
  responses: {
    200: json(
      'The caller',
      z
        .object({
          tenant: z.string(),
          scopes: Scopes,
          subject: z.object({ kind: z.enum(['key', 'user', 'public']), id: z.string() }),
        })
        .openapi('Caller'),
    ),
  },
});

const list = defineRoute(callersWith('admin'), {
  method: 'get',
  path: '/v1/keys',
  tags: ['Keys'],
  operationId: 'listKeys',
  summary: 'All keys of the tenant',
  responses: { 200: json('The keys', z.object({ keys: z.array(Key) })) },
});

const create = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/keys',
  tags: ['Keys'],
  operationId: 'createKey',
  summary: 'Make a key',
  request: {
    body: jsonBody(
      z.object({
        name: z.string().min(1).max(100),
        scopes: Scopes.min(1),
        expiresAt: Timestamp.optional(),
      }),
    ),
  },
  responses: { 201: json('The new key', IssuedKeyAnswer) },
});

const rotate = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/keys/{id}/rotate',
  tags: ['Keys'],
  operationId: 'rotateKey',
  summary: 'Replace a key; the old one is valid for a grace time',
  request: {
    params: Id,
    body: optionalJsonBody(
      z.object({
        graceHours: z
          .number()
          .min(0)
          .max(8_760)
          .default(DEFAULT_GRACE_MS / HOUR_MS),
      }),
    ),
  },
  responses: { 201: json('The new key', IssuedKeyAnswer) },
});

const revoke = defineRoute(callersWith('admin'), {
  method: 'delete',
  path: '/v1/keys/{id}',
  tags: ['Keys'],
  operationId: 'revokeKey',
  summary: 'Revoke a key: it is refused after a minute at the latest',
  request: { params: Id },
  responses: { 200: json('The revoked key', Key) },
});

export const mountKeys: Mount = (api, { app }) => {
  const shown = (key: ApiKey) => keyAnswer(key, app.clock.now());
  const issuedAnswer = ({ key, text }: IssuedKey) => ({ ...shown(key), key: text });

  api.openapi(me, (context) => {
    const { tenant, scopes, subject } = context.get('identity');
    return context.json({ tenant, scopes: [...scopes], subject }, 200);
  });

  api.openapi(list, async (context) => {
    const { keys } = await app.keys();
    const found = await keys.list(context.get('identity').tenant);
    return context.json({ keys: found.map(shown) }, 200);
  });

  api.openapi(create, async (context) => {
    const { name, scopes, expiresAt } = context.req.valid('json');
    const request = {
      tenant: context.get('identity').tenant,
      name,
      scopes: [...new Set(scopes)],
      expiresAt: expiresAt === undefined ? null : Date.parse(expiresAt),
    };
    return context.json(issuedAnswer(await createKey(request, await app.keys())), 201);
  });

  api.openapi(rotate, async (context) => {
    const { graceHours = DEFAULT_GRACE_MS / HOUR_MS } = context.req.valid('json') ?? {};
    const address = { id: context.req.valid('param').id, tenant: context.get('identity').tenant };
    const issued = await rotateKey(address, graceHours * HOUR_MS, await app.keys()).catch(asConflict);
    if (issued === undefined) throw unknownKey(address.id);
    return context.json(issuedAnswer(issued), 201);
  });

  api.openapi(revoke, async (context) => {
    const address = { id: context.req.valid('param').id, tenant: context.get('identity').tenant };
    const key = await revokeKey(address, await app.keys());
    if (key === undefined) throw unknownKey(address.id);
    return context.json(shown(key), 200);
  });
};

function keyAnswer(key: ApiKey, nowMs: number): z.infer<typeof Key> {
  const { id, name, scopes, createdAt, replacedBy } = key;
  return {
    ...{ id, name, scopes: [...scopes], state: keyStateOf(key, nowMs), createdAt: timeOf(createdAt) },
    expiresAt: timeOrNull(key.expiresAt),
    revokedAt: timeOrNull(key.revokedAt),
    lastUsedAt: timeOrNull(key.lastUsedAt),
    replacedBy,
  };
}

function unknownKey(id: KeyId): Refusal {
  return new Refusal('not-found', `Expected a key of this tenant but received ${id}`);
}

function asConflict(error: unknown): never {
  throw error instanceof InputError ? new Refusal('conflict', error.message) : error;
}
