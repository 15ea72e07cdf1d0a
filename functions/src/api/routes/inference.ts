/**
 * The Open Inference Protocol, version 2, for the model of the caller's tenant: serving clients that exist work unchanged. Each
 * element of the input `image` is a picture in base64.
 *
 * https://github.com/kserve/open-inference-protocol
 */

import type { ModelSummary } from '@hangtag/shared/ports/model-registry.js';
import { z } from '@hono/zod-openapi';
import type { ApiDeps, Mount } from '../api-env.js';
import { decodeBase64 } from '../base64.js';
import { API_VERSION, SERVICE } from '../document.js';
import { callersWith, OPEN } from '../identity.js';
import type { Labelled } from '../predictor.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json, jsonBody } from '../route.js';
import { Base64Picture, MAX_BATCH } from '../schemas.js';

const Ready = z.object({ ready: z.boolean() }).openapi('Ready');
const params = z.object({ model: z.string().min(1).max(200).openapi({ example: 'fashion-mobilenetv2' }) });
const TensorMetadata = z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) });

const getServer = defineRoute(OPEN, {
  method: 'get',
  path: '/v2',
  tags: ['Open Inference Protocol'],
  operationId: 'getServerMetadata',
  summary: 'Name and version of the server',
  responses: {
    200: json(
      'The server',
      z
        .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
        .openapi('ServerMetadata'),
    ),
  },
});

const getLive = defineRoute(OPEN, {
  method: 'get',
  path: '/v2/health/live',
  tags: ['Open Inference Protocol'],
  operationId: 'getServerLive',
  summary: 'Whether the server answers',
  responses: { 200: json('It does', z.object({ live: z.boolean() }).openapi('Live')) },
});

const getReady = defineRoute(OPEN, {
  method: 'get',
  path: '/v2/health/ready',
  tags: ['Open Inference Protocol'],
  operationId: 'getServerReady',
  summary: 'Whether the server can label pictures',
  responses: { 200: json('It can', Ready), 503: json('It cannot yet', Ready) },
});

const getModel = defineRoute(callersWith('predict'), {
  method: 'get',
  path: '/v2/models/{model}',
  tags: ['Open Inference Protocol'],
  operationId: 'getModelMetadata',
  summary: 'Inputs and outputs of a model',
  request: { params },
  responses: {
    200: json(
      'The model',
      z
        .object({
          name: z.string(),
          versions: z.array(z.string()),
          platform: z.string(),
          inputs: z.array(TensorMetadata),
          outputs: z.array(TensorMetadata),
        })
        .openapi('ModelMetadata'),
    ),
  },
});

const getModelReady = defineRoute(callersWith('predict'), {
  method: 'get',
  path: '/v2/models/{model}/ready',
  tags: ['Open Inference Protocol'],
  operationId: 'getModelReady',
  summary: 'Whether a model is loaded',
  request: { params },
  responses: { 200: json('It is loaded', Ready), 503: json('It is not loaded yet', Ready) },
});

const infer = defineRoute(callersWith('predict'), {
  method: 'post',
  path: '/v2/models/{model}/infer',
  tags: ['Open Inference Protocol'],
  operationId: 'infer',
  summary: 'Label pictures',
  request: {
    params,
    body: jsonBody(
      z
        .object({
          id: z.string().max(200).optional(),
          inputs: z
            .array(
              z.object({
                name: z.literal('image'),
                datatype: z.literal('BYTES'),
                shape: z.array(z.int().nonnegative()).min(1).max(2),
                data: z.preprocess(
                  (value) => (Array.isArray(value) ? value.flat() : value),
                  z
                    .array(Base64Picture)
                    .min(1)
                    .max(MAX_BATCH)
                    .openapi({ description: 'Or in the form of the tensor: an array for each row' }),
                ),
              }),
            )
            .length(1),
        })
        .openapi('InferenceRequest'),
    ),
  },
  responses: {
    200: json(
      'Category, confidence and probabilities of each picture; probabilities in the order of /classes',
      z
        .object({
          model_name: z.string(),
          model_version: z.string(),
          id: z.string().optional(),
          outputs: z.array(
            z.object({
              name: z.string(),
              datatype: z.string(),
              shape: z.array(z.int()),
              data: z.array(z.union([z.string(), z.number()])),
            }),
          ),
        })
        .openapi('InferenceResponse'),
    ),
  },
});

export const mountInference: Mount = (api, deps) => {
  const { predictor } = deps;

  api.openapi(getServer, (context) =>
    context.json({ name: SERVICE, version: API_VERSION, extensions: [] }, 200),
  );

  api.openapi(getLive, (context) => context.json({ live: true }, 200));

  api.openapi(getReady, async (context) => {
    const ready = await predictor.isReady();
    return context.json({ ready }, ready ? 200 : 503);
  });

  api.openapi(getModelReady, async (context) => {
    await modelNamed(context.req.valid('param').model, context.get('identity').tenant, deps);
    const ready = await predictor.isReady();
    return context.json({ ready }, ready ? 200 : 503);
  });

  api.openapi(getModel, async (context) => {
    const { id, version, labels } = await modelNamed(
      context.req.valid('param').model,
      context.get('identity').tenant,
      deps,
    );
    const outputs = [
      { name: 'category', datatype: 'BYTES', shape: [-1] },
      { name: 'confidence', datatype: 'FP32', shape: [-1] },
      { name: 'probabilities', datatype: 'FP32', shape: [-1, labels.length] },
    ];
    const inputs = [{ name: 'image', datatype: 'BYTES', shape: [-1] }];
    return context.json({ name: id, versions: [version], platform: 'hangtag', inputs, outputs }, 200);
  });

  api.openapi(infer, async (context) => {
    const { tenant } = context.get('identity');
    const model = await modelNamed(context.req.valid('param').model, tenant, deps);
    const { id, inputs } = context.req.valid('json');
    const pictures = inputs.flatMap(({ data }) => data).map((text) => () => decodeBase64(text));
    const outcomes = await predictor.predictAll(pictures, { tenant, signal: context.req.raw.signal });
    const outputs = outputsOf(outcomes.map(resultOf), model);
    const named = { model_name: model.id, model_version: model.version, ...(id !== undefined && { id }) };
    return context.json({ ...named, outputs }, 200);
  });
};

/** @throws {Refusal} the tenant has no model of this name */
async function modelNamed(
  name: string,
  tenant: Parameters<ApiDeps['predictor']['model']>[0],
  { predictor }: ApiDeps,
): Promise<ModelSummary> {
  const { manifest } = await predictor.model(tenant);
  if (manifest.id !== name)
    throw new Refusal('not-found', `Expected the model ${manifest.id} but received ${name}`);
  return manifest;
}

/** The protocol has no error of one picture: the first one fails the request. */
function resultOf(outcome: PromiseSettledResult<Labelled>): Labelled {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

function outputsOf(results: readonly Labelled[], { labels }: ModelSummary) {
  const count = results.length;
  const probabilities = results.flatMap(({ scores }) => {
    const scoreOf = new Map(scores.map(({ label, score }) => [label, score]));
    return labels.map((label) => scoreOf.get(label) ?? 0);
  });
  return [
    { name: 'category', datatype: 'BYTES', shape: [count], data: results.map(({ category }) => category) },
    {
      name: 'confidence',
      datatype: 'FP32',
      shape: [count],
      data: results.map(({ confidence }) => confidence),
    },
    { name: 'probabilities', datatype: 'FP32', shape: [count, labels.length], data: probabilities },
  ];
}
