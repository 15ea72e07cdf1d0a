/**
 * The HTTP API as one fetch handler. The middleware of every route, in this order:
 *
 *     request id → span → log line → security headers → CORS → route and caller (404, 405, 401, 403) → requests a minute (429)
 *     → body (413) → repetition → handler
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { App } from '../app/app.js';
import type { Api, ApiEnv, ApiOptions } from './api-env.js';
import { authorise } from './authorise.js';
import { clientAddressOf, trustedProxiesOf } from './client-address.js';
import { describeCredentials, describeErrors } from './document.js';
import { repeatSafely } from './idempotency.js';
import { Predictor } from './predictor.js';
import { answerProblem, problemOf } from './problem.js';
import { FailureLimit, limitRate, type RateLimits } from './rate-limit.js';
import { receiveBody } from './receive-body.js';
import { Refusal } from './refusal.js';
import { sharedCounter } from './request-counter.js';
import { logRequests } from './request-log.js';
import { traceRequests } from './trace-requests.js';

export function createApi(options: ApiOptions): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new Refusal('invalid-request', messageOf(result.error.issues));
    },
  });
  api.onError((error, context) => answerProblem(context, problemOf(error)));
  const { app } = options;
  const trustedProxies = trustedProxiesOf(app.config.HANGTAG_API_TRUSTED_PROXIES);
  const access = authorise(api, {
    ...options,
    addressOf: (context) => clientAddressOf(context, trustedProxies),
    failures: new FailureLimit(app.config.HANGTAG_API_REQUESTS_PER_MINUTE),
  });
  api.use(requestId(), traceRequests(app), logRequests(app), secureHeaders(), corsOf(app), access);
  if (app.config.HANGTAG_API_ACCESS !== 'local') api.use(limitRate(rateLimitsOf(app)));
  api.use(
    receiveBody(app.config.HANGTAG_API_MAX_BODY_BYTES),
    repeatSafely(() => app.clock.now()),
    endUnsent,
  );
  const deps = { app, predictor: new Predictor(app) };
  describeCredentials(api);
  describeErrors(api);
  for (const mount of options.mounts) mount(api, deps);
  return api;
}

/** Hono answers HEAD by the handler of GET and drops its body: a file that is sent from would stay open. */
const endUnsent: MiddlewareHandler<ApiEnv> = async (context, next) => {
  await next();
  if (context.req.method === 'HEAD') await context.res.body?.cancel();
};

/**
 * Pages of other origins get no answer. Every header that a page may need to read is named.
 *
 * A request without an origin, as programs send, does not pass Hono's middleware: it makes two more `Response` objects with streams
 * for each request, and Node's server then writes the answer from a stream.
 */
function corsOf({ config }: App): MiddlewareHandler<ApiEnv> {
  const ofPages = cors({
    origin: [...config.HANGTAG_API_ORIGINS],
    exposeHeaders: ['RateLimit', 'RateLimit-Policy', 'Retry-After', 'X-Request-Id', 'Link', 'ETag'],
    maxAge: 600,
  });
  return (context, next) => {
    if (context.req.header('origin') !== undefined) return ofPages(context, next);
    context.header('Vary', 'Origin', { append: true });
    return next();
  };
}

function rateLimitsOf(app: App): RateLimits {
  return {
    callerPerMinute: app.config.HANGTAG_API_REQUESTS_PER_MINUTE,
    tenantPerMinute: async (tenant) => (await app.tenants()).of(tenant).requestsPerMinute,
    ...(app.config.HANGTAG_API_SHARED_LIMITS && {
      shared: sharedCounter({ openShares: app.requestShares, clock: app.clock, log: app.log }),
    }),
  };
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function messageOf(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`).join('; ');
}
