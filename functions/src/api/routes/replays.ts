/** Images that failed several times are labelled once more. The default tenant's administrators reach all, others the tenant's folder. */
import { z } from '@hono/zod-openapi';
import { replay } from '../../replay/handler.js';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { defineRoute, json, jsonBody } from '../route.js';
import { Prefix, withinFolderOf } from '../schemas.js';
import { tracedPublisher } from '../traced-publisher.js';

/** A request ends after this time. */
const REQUEST_BUDGET_MS = 20_000;

const Replay = z
  .object({
    parked: z.int().openapi({ description: 'Images that were parked' }),
    replayed: z.int().openapi({ description: 'Of these, queued again' }),
    unchanged: z.int().openapi({ description: 'Of these, changed by others meanwhile' }),
    failed: z
      .int()
      .openapi({ description: 'Of these, still parked, because the queue or Firestore did not answer' }),
    isComplete: z.boolean().openapi({ description: 'false: the time was over. The same request goes on' }),
  })
  .openapi('Replay');

const start = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/replays',
  tags: ['Sweeps'],
  operationId: 'replay',
  summary: 'Queue the images again that failed several times, after their fault was corrected',
  description: 'What takes longer than 20 s is continued by the same request.',
  request: {
    body: jsonBody(
      z.object({
        prefix: Prefix,
        dryRun: z.boolean().default(false).openapi({ description: 'Only count them' }),
      }),
    ),
  },
  responses: { 200: json('What was done', Replay) },
});

export const mountReplays: Mount = (api, { app }) => {
  api.openapi(start, async (context) => {
    const { prefix: asked, dryRun } = context.req.valid('json');
    const prefix = withinFolderOf(context.get('identity').tenant, asked);
    const ports = await app.replay();
    const publisher = tracedPublisher(ports.publisher, context.req.header('traceparent'));
    const signal = AbortSignal.any([context.req.raw.signal, AbortSignal.timeout(REQUEST_BUDGET_MS)]);
    const { failures, ...counts } = await replay(
      { bucket: app.config.HANGTAG_BUCKET, prefix, mode: dryRun ? 'dry-run' : 'replay' },
      { ...ports, publisher, signal },
    );
    return context.json({ ...counts, failed: failures.length, isComplete: !signal.aborted }, 200);
  });
};
