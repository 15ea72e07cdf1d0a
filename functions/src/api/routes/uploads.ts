/** Uploads go from the client to the bucket: the API signs what exactly may be sent. */
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { THUMBNAIL_FOLDER } from '@hangtag/shared/domain/thumbnail.js';
import { isTraceparent } from '@hangtag/shared/log.js';
import { z } from '@hono/zod-openapi';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json, jsonBody } from '../route.js';
import { Timestamp, timeOf } from '../schemas.js';

const UPLOAD_MS = 15 * 60_000;
/** Cloud Storage allows 1,024 bytes, of which the folder of the tenant needs some. */
const MAX_NAME_BYTES = 900;
/** Characters that a browser or a file system would treat as a part of a path, or that no terminal shows. */
const UNSAFE = /(^|\/)\.{0,2}(\/|$)|[\p{Cc}\p{Cs}]/u;
const UNSAFE_NAME =
  'Expected no empty part, ".", "..", control character or half of a surrogate pair in a name';

const TYPES = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff', 'bmp', 'heic', 'heif'].map(
  (type) => `image/${type}` as const,
);

/** It is sent as a header, so it has only characters that a header allows. */
const Annotation = z
  .string()
  .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'Expected printable ASCII')
  .max(300);

const start = defineRoute(callersWith('upload'), {
  method: 'post',
  path: '/v1/uploads',
  tags: ['Images'],
  operationId: 'startUpload',
  summary: 'Get a signed request that uploads one image',
  description:
    'The client sends the request with its headers and the bytes to the bucket within 15 minutes. A name that exists is not replaced. For `resumable`, the answer of the bucket has the address of the session in `Location`: https://cloud.google.com/storage/docs/performing-resumable-uploads',
  request: {
    body: jsonBody(
      z.object({
        name: z
          .string()
          .min(1)
          .refine((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES, `At most ${MAX_NAME_BYTES} bytes`)
          .refine((name) => !UNSAFE.test(name), UNSAFE_NAME)
          .refine(
            (name) => !name.startsWith(THUMBNAIL_FOLDER),
            `Expected a name outside of ${THUMBNAIL_FOLDER}`,
          )
          .openapi({ example: 'returns/4711.jpg', description: "Below the tenant's folder" }),
        contentType: z.enum(TYPES),
        size: z.int().positive().openapi({ description: 'Bytes', example: 251_904 }),
        resumable: z.boolean().default(false),
        owner: Annotation.optional(),
        ref: Annotation.optional(),
        priority: z.enum(['live', 'backfill']).optional(),
      }),
    ),
  },
  responses: {
    201: json(
      'What to send',
      z
        .object({
          id: z.string().openapi({
            description: 'Of the image, for `/v1/images/{id}`',
            example: 'aV3x0fCk1m6c0m0b2nJ5Yw7tQ9eR8uI4oP1sD3fG6hK',
          }),
          name: z.string().openapi({ example: 'tenants/acme/returns/4711.jpg' }),
          method: z.enum(['PUT', 'POST']),
          url: z.url(),
          headers: z.record(z.string(), z.string()).openapi({
            example: { 'content-type': 'image/jpeg', 'x-goog-content-length-range': '251904,251904' },
          }),
          expiresAt: Timestamp,
        })
        .openapi('Upload'),
    ),
  },
});

export const mountUploads: Mount = (api, { app }) => {
  api.openapi(start, async (context) => {
    const { name: path, contentType, size, resumable, owner, ref, priority } = context.req.valid('json');
    const { HANGTAG_BUCKET: bucket } = app.config;
    const { tenant } = context.get('identity');
    const { maxBytes } = (await app.tenants()).of(tenant);
    if (size > maxBytes)
      throw new Refusal('too-large', `Expected at most ${maxBytes} bytes but received ${size}`);
    const name = `tenants/${tenant}/${path}`;
    const traceparent = context.req.header('traceparent');
    const metadata = definedOnly({
      owner,
      ref,
      priority,
      traceparent: isTraceparent(traceparent) ? traceparent : undefined,
    });
    const kind = resumable ? ('resumable' as const) : ('whole' as const);
    const { signer } = await app.images();
    const request = await signer.upload({ name, contentType, size, metadata, kind, validMs: UPLOAD_MS });
    return context.json(
      {
        id: imageIdOf(bucket, name),
        name,
        ...request,
        headers: { ...request.headers },
        expiresAt: timeOf(app.clock.now() + UPLOAD_MS),
      },
      201,
    );
  });
};

function definedOnly(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
