/** The model that labels the caller's images, so that devices and programs know its labels and files. */
import { createHash } from 'node:crypto';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { z } from '@hono/zod-openapi';
import { once } from '../../app/once.js';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { defineRoute, json } from '../route.js';

const Model = z
  .object({
    id: z.string(),
    version: z.string(),
    labels: z.array(z.string()),
    files: z.array(z.object({ path: z.string(), bytes: z.int(), sha256: z.string() })),
    input: z.record(z.string(), z.unknown()),
    preprocessing: z.record(z.string(), z.unknown()),
    engines: z.record(z.string(), z.string()),
    calibration: z.object({ temperature: z.number() }),
  })
  .openapi('Model');

const get = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/model',
  operationId: 'getModel',
  summary: 'Manifest of the model',
  description:
    'It is not signed. A request with `If-None-Match` and the last `ETag` is answered with 304 while it is the same.',
  request: { headers: z.object({ 'if-none-match': z.string().optional() }) },
  responses: { 200: json('The manifest', Model), 304: { description: 'It has not changed' } },
});

export const mountModel: Mount = (api, { app }) => {
  // A process serves the model that it has loaded: the manifest stays as it is.
  const described = once(() => describeModel(app.config.HANGTAG_MODEL_DIR));

  api.openapi(get, async (context) => {
    const { model, etag } = await described();
    context.header('ETag', etag);
    context.header('Cache-Control', 'private, no-cache');
    if (context.req.valid('header')['if-none-match'] === etag) return context.body(null, 304);
    return context.json(model, 200);
  });
};

async function describeModel(modelDir: string) {
  const manifest = await readManifest(modelDir);
  const { id, version, labels, files, input, preprocessing, engines, calibration } = manifest;
  const model = { id, version, labels, files, input, preprocessing, engines, calibration };
  const etag = `"${createHash('sha256').update(JSON.stringify(model)).digest('base64url')}"`;
  return { model, etag };
}
