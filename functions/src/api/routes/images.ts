/** Images of the caller's tenant: list, read, judge, label again, delete. An image of another tenant does not exist. */

import { CATEGORY_FORM, isCategory } from '@hangtag/shared/domain/category.js';
import { onJudged } from '@hangtag/shared/domain/correction.js';
import { needsTwoPeople } from '@hangtag/shared/domain/double-review.js';
import { isErased } from '@hangtag/shared/domain/erasure.js';
import { isGeneration } from '@hangtag/shared/domain/generation.js';
import type { ImageId } from '@hangtag/shared/domain/identity.js';
import { isVisibleTo } from '@hangtag/shared/domain/image-filter.js';
import { thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import { type Decision, onReplayed } from '@hangtag/shared/domain/transitions.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { RecordKey, RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { eraseRecord } from '../../erase/handler.js';
import { compareAndSet } from '../../records/compare-and-set.js';
import { requeue } from '../../records/requeue.js';
import type { ApiDeps, ApiEnv, Mount } from '../api-env.js';
import { callersWith, type Identity } from '../identity.js';
import { Image, imageAnswer } from '../image-answer.js';
import { FilterQuery, filterOf, listImages } from '../list-images.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json, jsonBody, optionalJsonBody } from '../route.js';
import { Category, Timestamp, timeOf } from '../schemas.js';
import { tracedPublisher } from '../traced-publisher.js';
import { viewerOf } from '../viewer.js';

/** How long a signed URL works. */
const URL_MS = 15 * 60_000;

const Id = z.object({
  id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/)
    .openapi({ example: 'aV3x0fCk1m6c0m0b2nJ5Yw7tQ9eR8uI4oP1sD3fG6hK' }),
});
const GenerationSeen = z.string().refine(isGeneration, 'Expected a decimal number').optional().openapi({
  description: 'The generation that the person saw: the request is refused if the image was replaced',
});

const list = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/images',
  tags: ['Images'],
  operationId: 'listImages',
  summary: 'Images, the latest upload first',
  description:
    'Images that arrive while a client reads page after page do not move others. A page can have fewer images than `limit` although it has a `cursor`.',
  request: {
    query: FilterQuery.extend({
      limit: z.coerce.number().int().min(1).max(500).default(100),
      cursor: z
        .string()
        .max(200)
        .optional()
        .openapi({ description: 'Of the page before, with the same filter' }),
    }),
  },
  responses: {
    200: json(
      'A page',
      z.object({ images: z.array(Image), cursor: z.string().optional() }).openapi('ImagePage'),
    ),
  },
});

const get = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/images/{id}',
  tags: ['Images'],
  operationId: 'getImage',
  summary: 'One image, with an address of its picture',
  request: { params: Id },
  responses: {
    200: json(
      'The image',
      Image.extend({
        picture: z
          .object({
            url: z.url(),
            thumbnailUrl: z.url().nullable().openapi({ description: 'A WebP of at most 320 pixels' }),
            expiresAt: Timestamp,
          })
          .nullable()
          .openapi({ description: 'Null if the bucket no longer holds it' }),
      }).openapi('ImageWithPicture'),
    ),
  },
});

const SimilarImage = Image.extend({
  similarity: z.number().openapi({
    description: 'Nearly the cosine of the two embeddings: 1 is the same picture',
    example: 0.83,
  }),
}).openapi('SimilarImage');

const similar = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/v1/images/{id}/similar',
  tags: ['Images'],
  operationId: 'similarImages',
  summary: 'Images that look like this one, the most similar first',
  description:
    'For tenants with the feature `similar`. Only images of the same tenant that were labelled with the same backbone are compared.',
  request: {
    params: Id,
    query: z.object({
      owner: FilterQuery.shape.owner,
      limit: z.coerce.number().int().min(1).max(100).default(10),
    }),
  },
  responses: {
    200: json('The images', z.object({ images: z.array(SimilarImage) }).openapi('SimilarImages')),
  },
});

const correct = defineRoute(callersWith('review'), {
  method: 'post',
  path: '/v1/images/{id}/correction',
  tags: ['Images'],
  operationId: 'correctImage',
  summary: 'Say which category is right',
  request: {
    params: Id,
    body: jsonBody(
      z.object({
        category: Category.refine(isCategory, `Expected ${CATEGORY_FORM}`),
        isNew: z
          .boolean()
          .default(false)
          .openapi({ description: 'Accept a category that the model does not have' }),
        generation: GenerationSeen,
      }),
    ),
  },
  responses: { 200: json('The image with its correction', Image) },
});

const confirm = defineRoute(callersWith('review'), {
  method: 'post',
  path: '/v1/images/{id}/confirmation',
  tags: ['Images'],
  operationId: 'confirmImage',
  summary: 'Say that the category is right',
  request: {
    params: Id,
    body: optionalJsonBody(z.object({ generation: GenerationSeen })),
  },
  responses: { 200: json('The image with its confirmation', Image) },
});

const reclassify = defineRoute(callersWith('review'), {
  method: 'post',
  path: '/v1/images/{id}/reclassify',
  tags: ['Images'],
  operationId: 'reclassifyImage',
  summary: 'Label the image once more',
  request: { params: Id },
  responses: {
    202: json('It waits to be labelled', z.object({ id: z.string(), status: z.literal('queued') })),
  },
});

const remove = defineRoute(callersWith('admin'), {
  method: 'delete',
  path: '/v1/images/{id}',
  tags: ['Images'],
  operationId: 'deleteImage',
  summary: 'Delete the object, and everything about it in its record',
  description: 'Reports that were made before keep their line about it; `npm run erase` removes these too.',
  request: { params: Id },
  responses: { 204: { description: 'Deleted' } },
});

export const mountImages: Mount = (api, { app, predictor }) => {
  api.openapi(list, async (context) => {
    const { limit, cursor, ...query } = context.req.valid('query');
    const identity = context.get('identity');
    const { tenant } = identity;
    const request = { tenant, limit, cursor, filter: await filterOf(query, identity, app) };
    const page = await listImages(request, (await app.images()).catalog);
    const images = page.images.map(({ imageId, record }) => imageAnswer(imageId, record));
    return context.json({ ...page, images }, 200);
  });

  api.openapi(get, async (context) => {
    const { key, known } = await find(context, app);
    const { record } = known;
    const expiresAt = timeOf(app.clock.now() + URL_MS);
    const { signer, objects } = await app.images();
    const thumbnailName = thumbnailNameOf({ ...key, generation: record.generation });
    const thumbnail = record.thumbnail ? await objects.stat(record.bucket, thumbnailName) : undefined;
    const picture = record.present && {
      url: await signer.download(record, URL_MS),
      thumbnailUrl: thumbnail === undefined ? null : await signer.download(thumbnail, URL_MS),
      expiresAt,
    };
    return context.json({ ...imageAnswer(key.imageId, record), picture: picture || null }, 200);
  });

  api.openapi(similar, async (context) => {
    const { owner, limit } = context.req.valid('query');
    const { key, known } = await find(context, app);
    const { vector, backbone } = known.record;
    if (!vector || !backbone) {
      throw new Refusal(
        'conflict',
        'Expected an image with a vector: see the feature `similar` of the tenant',
      );
    }
    const viewer = await viewerOf(app, context.get('identity'));
    // The viewer sees no images of other people, so the search is for the viewer's own.
    const query = { tenant: key.tenant, vector, backbone, owner: owner ?? viewer, limit: limit + 1 };
    const found = await (await app.images()).similar.nearest(query);
    const seen = found.filter(({ record }) => isVisibleTo(record, viewer));
    const others = seen.filter(({ imageId }) => imageId !== key.imageId).slice(0, limit);
    const images = others.map(({ imageId, record, similarity }) => ({
      ...imageAnswer(imageId, record),
      similarity,
    }));
    return context.json({ images }, 200);
  });

  api.openapi(correct, async (context) => {
    const { category: given, isNew, generation } = context.req.valid('json');
    const { labels } = (await predictor.model(context.get('identity').tenant)).manifest;
    // Unicode has several forms of one text, such as letters with an accent: they are one category.
    const category = labels.find((label) => label.normalize() === given.normalize()) ?? given.normalize();
    if (!isNew && !labels.includes(category)) {
      throw new Refusal('unprocessable', `Expected one of ${labels.join(', ')} but received ${category}`);
    }
    return context.json(await judge(context, app, { category, generation }), 200);
  });

  api.openapi(confirm, async (context) => {
    const { generation } = context.req.valid('json') ?? {};
    return context.json(await judge(context, app, { generation }), 200);
  });

  api.openapi(reclassify, async (context) => {
    const { key, known } = await find(context, app);
    const ports = await app.replay();
    const publisher = tracedPublisher(ports.publisher, context.req.header('traceparent'));
    const decision = await requeue(known, { ...ports, publisher }, onReplayed);
    if (decision.kind !== 'void' || decision.because === 'already-queued') {
      return context.json({ id: key.imageId, status: 'queued' as const }, 202);
    }
    throw refusalOf(decision);
  });

  api.openapi(remove, async (context) => {
    const { key, known } = await find(context, app);
    await eraseRecord({ key, ...known }, await app.images());
    return context.body(null, 204);
  });
};

type App = ApiDeps['app'];

/** @throws {Refusal} not-found, or unprocessable: the record cannot be read */
async function find(
  context: Context<ApiEnv>,
  app: App,
): Promise<{ readonly key: RecordKey; readonly known: Versioned }> {
  const imageId = context.req.param('id') as ImageId;
  const identity = context.get('identity');
  const key = { tenant: identity.tenant, imageId };
  const known = await readRecord((await app.images()).records, key);
  const viewer = await viewerOf(app, identity);
  if (known === undefined || isErased(known.record) || !isVisibleTo(known.record, viewer)) {
    throw new Refusal('not-found', 'Expected the id of an image of this tenant');
  }
  return { key, known };
}

/** @throws {Refusal} unprocessable: a field of the record is not of its type */
async function readRecord(records: RecordStore, key: RecordKey): Promise<Versioned | undefined> {
  try {
    return await records.get(key);
  } catch (error) {
    if (error instanceof InputError) throw new Refusal('unprocessable', error.message);
    throw error;
  }
}

interface Judged {
  readonly category?: string;
  readonly generation?: Parameters<typeof onJudged>[1]['generation'];
}

/** @throws {Refusal} not-found, forbidden, or a conflict: the image was replaced, or has no category */
async function judge(context: Context<ApiEnv>, app: App, judged: Judged) {
  const { key, known } = await find(context, app);
  await assertMayDecide(context.get('identity'), known, app);
  const { records } = await app.images();
  const judgement = { ...judged, by: context.get('identity').subject.id, at: app.clock.now() };
  const decision = await compareAndSet({ records, key }, known, (current) => onJudged(current, judgement));
  if (decision.kind === 'void') throw refusalOf(decision);
  const after = await records.get(key);
  return imageAnswer(key.imageId, (after ?? known).record);
}

/** Where two people have to agree, they answer on the page. @throws {Refusal} forbidden */
async function assertMayDecide({ tenant, scopes }: Identity, { record }: Versioned, app: App): Promise<void> {
  if (scopes.includes('admin')) return;
  const { doubleReviewEvery } = (await app.tenants()).of(tenant);
  if (needsTwoPeople(record.check, doubleReviewEvery))
    throw new Refusal('forbidden', 'Expected an administrator: this image needs the answers of two people');
}

const BECAUSE: Readonly<Record<string, string>> = {
  'older-generation': 'Expected the current generation of the image: it was replaced',
  'not-labelled': 'Expected an image that is labelled',
};

function refusalOf({ because }: Extract<Decision, { kind: 'void' }>): Refusal {
  return new Refusal('conflict', BECAUSE[because] ?? `Expected another state of the image: it is ${because}`);
}
