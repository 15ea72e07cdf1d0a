/** One log line for each request. Its id and its W3C trace are in every line that a handler writes through `log`. */
import { traceField, traceIdOf } from '@hangtag/shared/log.js';
import type { MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { App } from '../app/app.js';
import type { ApiEnv } from './api-env.js';
import { problemOf } from './problem.js';
import { Refusal } from './refusal.js';

/** The metrics count what the line says. */
export function logRequests({ log, metrics }: App): MiddlewareHandler<ApiEnv> {
  return async (context, next) => {
    const startedAt = performance.now();
    const { method } = context.req;
    const traceparent = context.req.header('traceparent');
    const trace = traceField(traceparent, process.env['GOOGLE_CLOUD_PROJECT']);
    const requestLog = log.child({ function: 'api', requestId: context.get('requestId'), ...trace });
    context.set('log', requestLog);
    await next();
    const { error, res } = context;
    const isFault = error !== undefined && problemOf(error).status === 500;
    // The answer of a refusal has its reason. The reason of other errors is only here.
    const hiddenCause = res.status >= 500 && !(error instanceof Refusal) ? error : undefined;
    const identity = context.get('identity');
    const outcome = isFault ? 'bug' : res.status < 400 ? 'answered' : 'refused';
    const elapsedMs = performance.now() - startedAt;
    const traceId = traceIdOf(traceparent);
    metrics?.count({ function: 'api', outcome, seconds: elapsedMs / 1_000, traceId });
    requestLog[isFault ? 'error' : 'info']({
      outcome,
      method,
      route: routePath(context, -1),
      status: res.status,
      tenant: identity?.tenant,
      ms: Math.round(elapsedMs),
      ...(hiddenCause !== undefined && { err: hiddenCause }),
    });
  };
}
