/** The model that labels the caller's images: its signed manifest and its files, for devices and programs. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Config } from '@hangtag/shared/config.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { BACKGROUNDS } from '@hangtag/shared/domain/precision-guarantee.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import type { DocumentSigner } from '@hangtag/shared/ports/document-signer.js';
import { z } from '@hono/zod-openapi';
import { once } from '../../app/once.js';
import type { Mount } from '../api-env.js';
import { callersWith, OPEN } from '../identity.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json } from '../route.js';
import { Timestamp, timeOf } from '../schemas.js';

const Manifest = z.object({
  id: z.string(),
  version: z.string(),
  labels: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })),
  input: z.record(z.string(), z.unknown()),
  preprocessing: z.record(z.string(), z.unknown()),
  output: z.record(z.string(), z.unknown()),
  engines: z.record(z.string(), z.string()),
  head: z
    .string()
    .optional()
    .openapi({ description: 'A layer over the embedding, whose scores replace those of the network' }),
  rejection: z.record(z.string(), z.unknown()).nullable(),
  calibration: z.object({
    temperature: z.number(),
    topLabel: z
      .record(z.enum(BACKGROUNDS), z.object({ scale: z.array(z.number()), shift: z.array(z.number()) }))
      .optional(),
  }),
  golden: z
    .array(
      z.object({
        file: z.string(),
        outputs: z.record(z.string(), z.array(z.number())),
        tolerance: z.record(z.string(), z.number()),
      }),
    )
    .openapi({ description: 'Pictures with the outputs that each network must give' }),
  issuedAt: Timestamp.openapi({ description: 'A device refuses a manifest that is older than its last one' }),
  rolloutShare: z.number().openapi({ description: 'Share of the devices that should use it, 0 to 1' }),
  minAppVersion: z.string().nullable().openapi({ description: 'Apps of older versions keep their model' }),
});

const Model = Manifest.extend({
  jws: z.string().optional().openapi({
    description:
      'Compact JWS (ES256) whose payload has the other fields. Absent without HANGTAG_SIGNING_KEY. The key is in /.well-known/jwks.json',
  }),
}).openapi('Model');

const PublicKey = z.object({
  ...{ kty: z.string(), crv: z.string(), x: z.string(), y: z.string() },
  ...{ kid: z.string(), alg: z.string(), use: z.string() },
});

const IfNoneMatch = z.object({ 'if-none-match': z.string().optional() });

const get = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/model',
  tags: ['Model'],
  operationId: 'getModel',
  summary: 'Signed manifest of the model',
  description:
    'A request with `If-None-Match` and the last `ETag` is answered with 304 while it is the same.',
  request: { headers: IfNoneMatch },
  responses: { 200: json('The manifest', Model), 304: { description: 'It has not changed' } },
});

const getFile = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/model/files/{name}',
  tags: ['Model'],
  operationId: 'getModelFile',
  summary: 'A file of the model',
  description: 'Its `ETag` is the SHA-256 that the manifest states.',
  request: {
    params: z.object({
      name: z.string().openapi({ example: 'model.int8.onnx', description: 'A path of the manifest' }),
    }),
    headers: IfNoneMatch,
  },
  responses: {
    200: {
      description: 'The file',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    304: { description: 'It has not changed' },
  },
});

const getKeys = defineRoute(OPEN, {
  method: 'get',
  path: '/.well-known/jwks.json',
  tags: ['Model'],
  operationId: 'getSigningKeys',
  summary: 'The public key that verifies the manifest of the model, as a JSON Web Key Set',
  responses: {
    200: json('The keys', z.object({ keys: z.array(PublicKey) }).openapi('KeySet')),
  },
});

export const mountModel: Mount = (api, { app }) => {
  const signer = once(async () => {
    const made = await app.documentSigner();
    if (made === undefined) app.log.warn({ function: 'api', outcome: 'manifest-not-signed' });
    return made;
  });
  /** By folder: the content of a model does not change. */
  const descriptions = new Map<string, () => ReturnType<typeof describeModel>>();
  const described = async (tenant: TenantId) => {
    const { dir = app.config.HANGTAG_MODEL_DIR } = await (await app.models()).resolve(tenant);
    const describe =
      descriptions.get(dir) ?? once(async () => describeModel(dir, app.config, await signer()));
    descriptions.set(dir, describe);
    return describe();
  };

  api.openapi(get, async (context) => {
    const { facts, etag } = await described(context.get('identity').tenant);
    context.header('ETag', etag);
    context.header('Cache-Control', 'private, no-cache');
    if (isNamed(etag, context.req.valid('header')['if-none-match'])) return context.body(null, 304);
    // Signed for each answer, because a model that is active again must not look older than the one that it replaces.
    const manifest = { ...facts, issuedAt: timeOf(app.clock.now()) };
    const jws = await (await signer())?.sign(manifest);
    return context.json({ ...manifest, ...(jws !== undefined && { jws }) }, 200);
  });

  api.openapi(getFile, async (context) => {
    const { name } = context.req.valid('param');
    const { dir, facts } = await described(context.get('identity').tenant);
    const file = facts.files.find(({ path }) => path === name);
    if (file === undefined) throw new Refusal('not-found', 'Expected a path of a file of the manifest');
    const etag = `"${file.sha256}"`;
    context.header('ETag', etag);
    context.header('Cache-Control', 'private, no-cache');
    if (isNamed(etag, context.req.valid('header')['if-none-match'])) return context.body(null, 304);
    const bytes = createReadStream(join(dir, file.path));
    return context.body(Readable.toWeb(bytes) as ReadableStream<Uint8Array>, 200, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(file.bytes),
    });
  });

  api.openapi(getKeys, async (context) => {
    const key = (await app.documentSigner())?.publicKey;
    return context.json({ keys: key === undefined ? [] : [{ ...key }] }, 200);
  });
};

/**
 * A proxy that compresses answers makes their ETags weak, and a client may have several:
 * https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
function isNamed(etag: string, ifNoneMatch = ''): boolean {
  return ifNoneMatch.split(',').some((each) => ['*', etag, `W/${etag}`].includes(each.trim()));
}

async function describeModel(dir: string, config: Config, signer: DocumentSigner | undefined) {
  const manifest = await readManifest(dir);
  const { id, version, labels, files, input, preprocessing, output, engines, head, golden } = manifest;
  const facts = {
    ...{ id, version, labels, files, input, preprocessing, output, engines, ...(head && { head }) },
    ...{ calibration: manifest.calibration, rejection: manifest.rejection, golden },
    rolloutShare: config.HANGTAG_MODEL_ROLLOUT_SHARE,
    minAppVersion: config.HANGTAG_MIN_APP_VERSION ?? null,
  };
  const source = JSON.stringify([facts, signer?.publicKey.kid]);
  return { dir, facts, etag: `"${createHash('sha256').update(source).digest('base64url')}"` };
}
