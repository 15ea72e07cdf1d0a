/** Labels pictures: the published contract's /predict, /predict_batch and /classes. */
import { z } from '@hono/zod-openapi';
import type { Mount } from '../api-env.js';
import { decodeBase64 } from '../base64.js';
import type { FormFile } from '../form-body.js';
import { callersWith, publicOrCallersWith } from '../identity.js';
import type { LongText } from '../json-body.js';
import type { Labelled, Picture } from '../predictor.js';
import { problemOf } from '../problem.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json } from '../route.js';
import {
  Base64Picture,
  BatchPicture,
  Category,
  MAX_BATCH,
  Probability,
  Timestamp,
  timeOf,
  UploadedFile,
} from '../schemas.js';

const Prediction = z
  .object({
    category: Category,
    confidence: Probability,
    all_probabilities: z.record(z.string(), Probability).openapi({
      description: 'Probability by category',
      example: { Handbags: 0.97, Shoes: 0.03 },
    }),
    timestamp: Timestamp,
  })
  .openapi('Prediction');

const predict = defineRoute(publicOrCallersWith('predict'), {
  method: 'post',
  path: '/predict',
  tags: ['Predictions'],
  operationId: 'predict',
  summary: 'Label one picture',
  request: {
    body: {
      content: {
        'multipart/form-data': { schema: z.object({ file: UploadedFile }) },
        'application/json': { schema: z.object({ image: Base64Picture }) },
      },
    },
  },
  responses: { 200: json('The category of the picture', Prediction) },
});

const filesOrOne = z.preprocess(
  (value) => (Array.isArray(value) || value === undefined ? value : [value]),
  z.array(UploadedFile).min(1).max(MAX_BATCH),
);

const BatchEntry = z.union([
  z.object({ filename: z.string(), category: Category, confidence: Probability }),
  z.object({ filename: z.string(), error: z.string(), code: z.string() }),
]);

const predictBatch = defineRoute(callersWith('predict'), {
  method: 'post',
  path: '/predict_batch',
  tags: ['Predictions'],
  operationId: 'predictBatch',
  summary: 'Label several pictures',
  description: 'A picture that cannot be labelled has an error of its own, and the others are labelled.',
  request: {
    body: {
      content: {
        'multipart/form-data': { schema: z.object({ files: filesOrOne }) },
        'application/json': { schema: z.object({ images: z.array(BatchPicture).min(1).max(MAX_BATCH) }) },
      },
    },
  },
  responses: {
    200: json(
      'One result for each picture, in their order',
      z
        .object({
          results: z.array(BatchEntry),
          total_processed: z.int().nonnegative(),
          timestamp: Timestamp,
        })
        .openapi('BatchPrediction'),
    ),
  },
});

const getClasses = defineRoute(publicOrCallersWith('predict'), {
  method: 'get',
  path: '/classes',
  tags: ['Predictions'],
  operationId: 'getClasses',
  summary: 'The categories of the model',
  responses: {
    200: json(
      'The categories',
      z.object({ classes: z.array(Category), total: z.int().nonnegative() }).openapi('Classes'),
    ),
  },
});

/** A picture of a batch and the name that its result has. */
interface Named {
  readonly filename: string;
  readonly open: Picture;
}

export const mountPredict: Mount = (api, { app, predictor }) => {
  const timestamp = () => timeOf(app.clock.now());

  api.openapi(predict, async (context) => {
    const picture = pictureOf({ ...context.req.valid('form'), ...context.req.valid('json') });
    const { tenant } = context.get('identity');
    const { category, confidence, scores } = await predictor.predict(picture, {
      tenant,
      signal: context.req.raw.signal,
    });
    const all = Object.fromEntries(scores.map(({ label, score }) => [label, score]));
    return context.json({ category, confidence, all_probabilities: all, timestamp: timestamp() }, 200);
  });

  api.openapi(predictBatch, async (context) => {
    const pictures = picturesOf({ ...context.req.valid('form'), ...context.req.valid('json') });
    const { tenant } = context.get('identity');
    const outcomes = await predictor.predictAll(
      pictures.map(({ open }) => open),
      { tenant, signal: context.req.raw.signal },
    );
    const results = pictures.map(({ filename }, index) => ({ filename, ...entryOf(outcomes[index]) }));
    return context.json({ results, total_processed: results.length, timestamp: timestamp() }, 200);
  });

  api.openapi(getClasses, async (context) => {
    const { manifest } = await predictor.model(context.get('identity').tenant);
    return context.json({ classes: [...manifest.labels], total: manifest.labels.length }, 200);
  });
};

/** The body has neither field where the request has no content type and no body. */
function pictureOf(body: { file: FormFile } | { image: string | LongText } | object): Uint8Array {
  if ('file' in body) return body.file.bytes;
  if ('image' in body) return decodeBase64(body.image);
  throw new Refusal('invalid-request', 'Expected a picture in the field file or image');
}

function picturesOf(body: { files: FormFile[] } | { images: unknown[] } | object): readonly Named[] {
  if ('files' in body) return body.files.map((file) => ({ filename: file.name, open: () => file.bytes }));
  if ('images' in body) {
    return body.images.map((image, index) => ({
      filename: `image_${index}`,
      open: () => decodeBase64(image),
    }));
  }
  throw new Refusal('invalid-request', 'Expected pictures in the field files or images');
}

function entryOf(outcome: PromiseSettledResult<Labelled> | undefined) {
  if (outcome?.status === 'fulfilled') {
    const { category, confidence } = outcome.value;
    return { category, confidence };
  }
  const { message, code } = problemOf(outcome?.reason);
  return { error: message, code };
}
