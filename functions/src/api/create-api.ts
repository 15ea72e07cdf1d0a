/**
 * The HTTP API as one fetch handler. What surrounds every route, in this order:
 *
 *     request id → log line → security headers → route and caller (404, 405, 401, 403) → handler
 */
import { OpenAPIHono } from '@hono/zod-openapi';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { Api, ApiEnv, ApiOptions } from './api-env.js';
import { authorise } from './authorise.js';
import { answerProblem, problemOf } from './problem.js';
import { Refusal } from './refusal.js';
import { logRequests } from './request-log.js';

export function createApi(options: ApiOptions): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw new Refusal('invalid-request', messageOf(result.error.issues));
    },
  });
  api.onError((error, context) => answerProblem(context, problemOf(error)));
  api.use(requestId(), logRequests(options.app), secureHeaders(), authorise(api, options));
  for (const mount of options.mounts) mount(api, options);
  return api;
}

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function messageOf(issues: readonly Issue[]): string {
  return issues.map(({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`).join('; ');
}
