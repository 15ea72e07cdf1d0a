/**
 * The sweep of the bucket. A bucket has one sweep at a time. The default tenant's administrators, who operate the
 * installation, sweep all of it; those of another tenant only the tenant's folder, and they see no other sweep.
 */
import { commonPrefixOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { z } from '@hono/zod-openapi';
import { watchSweep } from '../../sweep/answer.js';
import { PASSES_FOR } from '../../sweep/command.js';
import { sweep } from '../../sweep/handler.js';
import { requestAction } from '../../sweep/request-action.js';
import type { Mount } from '../api-env.js';
import { callersWith } from '../identity.js';
import { Refusal } from '../refusal.js';
import { defineRoute, json, jsonBody } from '../route.js';
import { Prefix, Timestamp, timeOf, timeOrNull, withinFolderOf } from '../schemas.js';

/** A request ends after this time; the schedule `sweepResume` continues an unfinished sweep. */
const REQUEST_BUDGET_MS = 20_000;

const REASONS = Object.keys(PASSES_FOR) as [keyof typeof PASSES_FOR];

const Sweep = z
  .object({
    status: z.enum(['running', 'paused', 'done', 'aborted']),
    prefix: z.string(),
    mode: z.enum(['repair', 'dry-run']),
    pass: z.string(),
    progress: z.record(z.string(), z.int()),
    costEstimate: z.number().openapi({ description: 'US dollars' }),
    startedAt: Timestamp,
    updatedAt: Timestamp,
    finishedAt: Timestamp.nullable(),
  })
  .openapi('Sweep');

const start = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/sweeps',
  tags: ['Sweeps'],
  operationId: 'startSweep',
  summary: 'Find and repair differences between records and objects',
  description:
    'The same request continues an unfinished sweep. What takes longer than 20 s is continued by a schedule within ten minutes.',
  request: {
    body: jsonBody(
      z.object({
        prefix: Prefix,
        reason: z.enum(REASONS).default('routine'),
        dryRun: z.boolean().default(false),
      }),
    ),
  },
  responses: { 200: json('It is done', Sweep), 202: json('It goes on', Sweep) },
});

const progress = defineRoute(callersWith('admin'), {
  method: 'get',
  path: '/v1/sweeps/current',
  tags: ['Sweeps'],
  operationId: 'getSweep',
  summary: 'The sweep that runs, or the last one',
  responses: { 200: json('The sweep', Sweep) },
});

const act = defineRoute(callersWith('admin'), {
  method: 'post',
  path: '/v1/sweeps/current/{action}',
  tags: ['Sweeps'],
  operationId: 'changeSweep',
  summary: 'Pause, resume or abort the sweep',
  request: { params: z.object({ action: z.enum(['pause', 'resume', 'abort']) }) },
  responses: { 200: json('The sweep', Sweep) },
});

export const mountSweeps: Mount = (api, { app }) => {
  const bucket = app.config.HANGTAG_BUCKET;

  api.openapi(start, async (context) => {
    const { prefix: asked, reason, dryRun } = context.req.valid('json');
    const prefix = withinFolderOf(context.get('identity').tenant, asked);
    const mode = dryRun ? ('dry-run' as const) : ('repair' as const);
    const ports = await app.sweep();
    const limits = { ...ports.limits, timeBudgetMs: REQUEST_BUDGET_MS };
    const request = { bucket, prefix, passes: PASSES_FOR[reason], mode };
    const result = await sweep(request, { ...ports, limits, signal: context.req.raw.signal }, watchSweep);
    if (result.outcome === 'refused') {
      throw new Refusal('conflict', `Expected no other sweep of the bucket but found one: ${result.because}`);
    }
    return context.json(sweepAnswer(result.state), result.state.status === 'done' ? 200 : 202);
  });

  api.openapi(progress, async (context) =>
    context.json(sweepAnswer(await find(context.get('identity').tenant)), 200),
  );

  api.openapi(act, async (context) => {
    const { action } = context.req.valid('param');
    await find(context.get('identity').tenant);
    const state = await requestAction({ bucket, action }, await app.sweep());
    if (state === undefined) throw new Refusal('conflict', `Expected a sweep that can ${action}`);
    return context.json(sweepAnswer(state), 200);
  });

  async function find(tenant: TenantId): Promise<SweepState> {
    const state = (await (await app.sweep()).sweeps.get(bucket))?.state;
    if (state?.prefix.startsWith(commonPrefixOf(tenant)) !== true) {
      throw new Refusal('not-found', 'Expected a sweep of this tenant but found none');
    }
    return state;
  }
};

function sweepAnswer(state: SweepState): z.infer<typeof Sweep> {
  const { status, prefix, mode, pass, costEstimate, startedAt, updatedAt, finishedAt } = state;
  return {
    ...{ status, prefix, mode, pass, costEstimate, progress: { ...state.progress } },
    startedAt: timeOf(startedAt),
    updatedAt: timeOf(updatedAt),
    finishedAt: timeOrNull(finishedAt),
  };
}
