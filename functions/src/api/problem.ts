/**
 * Makes the answer of an error: `{"error", "code", "requestId"}`, or problem details (RFC 9457) if the client accepts
 * `application/problem+json`. Stack traces and messages of bugs stay in the log.
 */
import { failureOf, type RejectionCode } from '@hangtag/shared/errors.js';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ApiEnv } from './api-env.js';
import { Refusal, type RefusalCode, STATUS_OF } from './refusal.js';

export interface Problem {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const PROBLEM_TYPE = 'application/problem+json';
/** A queue that is full now has room again after this time. */
const RETRY_AFTER = { 'Retry-After': '1' };

const IMAGE_STATUS = {
  empty: 400,
  'not-an-image': 415,
  'unsupported-format': 415,
  truncated: 422,
  corrupt: 422,
  'too-many-bytes': 413,
  'too-many-pixels': 422,
  'too-large-to-decode': 422,
  'too-slow': 422,
} as const satisfies Record<RejectionCode, ContentfulStatusCode>;

export function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) {
    const { status, code, message, headers } = error;
    return { status, code, message, headers };
  }
  if (error instanceof HTTPException) return problemOfFramework(error);
  const failure = failureOf(error);
  switch (failure.kind) {
    case 'image':
      return { status: IMAGE_STATUS[failure.code], code: failure.code, message: failure.message };
    case 'input':
    case 'usage':
      return { status: 400, code: 'invalid-request', message: failure.message };
    case 'transient':
      return { status: 503, code: 'busy', message: failure.message, headers: RETRY_AFTER };
    case 'crash':
      return {
        status: 503,
        code: 'unavailable',
        message: 'The picture could not be labelled; try again',
        headers: RETRY_AFTER,
      };
    case 'config':
    case 'model':
    case 'unavailable':
      return {
        status: 503,
        code: 'unavailable',
        message: 'The service cannot do this now',
        headers: RETRY_AFTER,
      };
    case 'bug':
      return {
        status: 500,
        code: 'internal',
        message: 'The service failed; the log has the reason under the request id',
      };
  }
}

const EXPECTED_TYPES =
  'Expected the Content-Type application/json, or multipart/form-data where openapi.json states it: a form with pictures';

/** Hono's own errors: a body that is not JSON, or of another media type. */
function problemOfFramework({ status, message: said }: HTTPException): Problem {
  const message = status === 415 ? EXPECTED_TYPES : said;
  const [code = 'invalid-request'] = Object.entries(STATUS_OF).find(([, each]) => each === status) ?? [];
  return { status: status === 500 ? 500 : STATUS_OF[code as RefusalCode], code, message };
}

export function answerProblem(context: Context<ApiEnv>, problem: Problem): Response {
  const requestId = context.get('requestId');
  const { status, code, message, headers } = problem;
  if (context.req.header('accept')?.toLowerCase().includes(PROBLEM_TYPE)) {
    const details = { type: `urn:hangtag:problem:${code}`, title: code, status, detail: message, requestId };
    return context.json(details, status, { ...headers, 'Content-Type': PROBLEM_TYPE });
  }
  return context.json({ error: message, code, requestId }, status, headers);
}
