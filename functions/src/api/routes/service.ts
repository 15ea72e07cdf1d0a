/** Whether the service runs, and how much it did: the published contract's /, /health and /stats. */

import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { z } from '@hono/zod-openapi';
import type { ApiDeps, Mount } from '../api-env.js';
import { API_VERSION, SERVICE } from '../document.js';
import { callersWith, OPEN } from '../identity.js';
import { defineRoute, json } from '../route.js';
import { Timestamp, timeOf } from '../schemas.js';

const Count = z.int().nonnegative();

const getService = defineRoute(OPEN, {
  method: 'get',
  path: '/',
  tags: ['Service'],
  operationId: 'getService',
  summary: 'What the service is and which endpoints it has',
  responses: {
    200: json(
      'The service',
      z
        .object({
          service: z.string(),
          version: z.string(),
          status: z.enum(['running', 'loading']),
          model: z.object({ loaded: z.boolean(), classes: Count }),
          endpoints: z.record(z.string(), z.string()).openapi({ description: 'Summary by method and path' }),
        })
        .openapi('Service'),
    ),
  },
});

const Health = z
  .object({
    status: z.enum(['healthy', 'loading']),
    model_loaded: z.boolean(),
    classes: Count,
    timestamp: Timestamp,
  })
  .openapi('Health');

const getHealth = defineRoute(OPEN, {
  method: 'get',
  path: '/health',
  tags: ['Service'],
  operationId: 'getHealth',
  summary: 'Whether the model is loaded',
  responses: { 200: json('The model is loaded', Health), 503: json('The model is not loaded', Health) },
});

const getStats = defineRoute(callersWith('read'), {
  method: 'get',
  path: '/stats',
  tags: ['Service'],
  operationId: 'getStats',
  summary: 'What this process did since it started',
  responses: {
    200: json(
      'Counts of this process',
      z
        .object({
          uptime_seconds: z.number().nonnegative(),
          uptime_human: z.string().openapi({ example: '1h 2m 3s' }),
          total_requests: Count,
          total_images_processed: Count,
          successful_predictions: Count,
          failed_predictions: Count,
          success_rate: z.number().min(0).max(100).openapi({ description: 'Per cent of the images' }),
          model_loaded: z.boolean(),
          timestamp: Timestamp,
        })
        .openapi('Stats'),
    ),
  },
});

export const mountService: Mount = (api, deps) => {
  const { app, predictor } = deps;
  const startedAt = app.clock.now();
  let requests = 0;
  api.use(async (_, next) => {
    requests += 1;
    await next();
  });

  api.openapi(getService, async (context) => {
    const { loaded, classes } = await modelState(deps);
    const endpoints = Object.fromEntries(
      api.openAPIRegistry.definitions.flatMap((each) =>
        each.type === 'route'
          ? [[`${each.route.method.toUpperCase()} ${each.route.path}`, each.route.summary ?? '']]
          : [],
      ),
    );
    const status = loaded ? ('running' as const) : ('loading' as const);
    return context.json(
      { service: SERVICE, version: API_VERSION, status, model: { loaded, classes }, endpoints },
      200,
    );
  });

  api.openapi(getHealth, async (context) => {
    const { loaded, classes } = await modelState(deps);
    const timestamp = timeOf(app.clock.now());
    return loaded
      ? context.json({ status: 'healthy' as const, model_loaded: loaded, classes, timestamp }, 200)
      : context.json({ status: 'loading' as const, model_loaded: loaded, classes, timestamp }, 503);
  });

  api.openapi(getStats, async (context) => {
    const { succeeded, failed } = predictor.counts;
    const images = succeeded + failed;
    const uptimeSeconds = (app.clock.now() - startedAt) / 1_000;
    return context.json(
      {
        uptime_seconds: uptimeSeconds,
        uptime_human: humanDuration(uptimeSeconds),
        total_requests: requests,
        total_images_processed: images,
        successful_predictions: succeeded,
        failed_predictions: failed,
        success_rate: images === 0 ? 0 : Math.round((succeeded / images) * 10_000) / 100,
        model_loaded: await predictor.isReady(),
        timestamp: timeOf(app.clock.now()),
      },
      200,
    );
  });
};

async function modelState({ predictor }: ApiDeps) {
  const loaded = await predictor.isReady();
  const model = await predictor.model(DEFAULT_TENANT).catch(() => undefined);
  return { loaded, classes: model?.manifest.labels.length ?? 0 };
}

function humanDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor((seconds % 3_600) / 60);
  return `${hours}h ${minutes}m ${Math.floor(seconds % 60)}s`;
}
