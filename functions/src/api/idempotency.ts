/**
 * A POST with the header `Idempotency-Key` is carried out once: a repetition within ten minutes gets the first answer. Answers
 * are kept in this process, for one caller and one path. A failed request (5xx) and a long answer are not kept.
 */
import { createHash } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { LRUCache } from 'lru-cache';
import type { ApiEnv } from './api-env.js';
import { Refusal } from './refusal.js';

/** Three callers at their default limit of requests send fewer within ten minutes, so they displace no answers of others. */
const MAX_KEPT = 20_000;
const MAX_KEPT_BYTES = 32 * 1_024 * 1_024;
const MAX_ANSWER_BYTES = 64 * 1_024;
/** Of an answer besides its body. */
const ENTRY_BYTES = 1_024;
const KEPT_MS = 600_000;
const MAX_KEY_LENGTH = 255;

interface Kept {
  readonly bodyDigest: string;
  /** Undefined while the first request is in work. */
  readonly answer?: Answer;
}

/** Not a `Response`: each clone of one would stay in the memory of the first. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: ArrayBuffer;
}

export function repeatSafely(nowMs: () => number): MiddlewareHandler<ApiEnv> {
  const kept = new LRUCache<string, Kept>({
    ...{ max: MAX_KEPT, maxSize: MAX_KEPT_BYTES, ttl: KEPT_MS, ttlResolution: 0, perf: { now: nowMs } },
    sizeCalculation: ({ answer }) => ENTRY_BYTES + (answer?.body.byteLength ?? 0),
  });
  return async (context, next) => {
    const key = context.req.header('idempotency-key');
    if (context.req.method !== 'POST' || key === undefined) return next();
    if (key === '' || key.length > MAX_KEY_LENGTH) {
      throw new Refusal(
        'invalid-request',
        `Expected an Idempotency-Key of 1 to ${MAX_KEY_LENGTH} characters`,
      );
    }
    const { tenant, subject } = context.get('identity');
    const id = JSON.stringify([tenant, subject, context.req.path, key]);
    const bodyDigest = digestOf(context.get('body'));
    const first = kept.get(id);
    if (first !== undefined) return repeat(first, bodyDigest);
    kept.set(id, { bodyDigest });
    try {
      await next();
    } finally {
      const answer = await keptAnswer(context.res);
      if (answer === undefined) kept.delete(id);
      else kept.set(id, { bodyDigest, answer });
    }
  };
}

/** A client that repeats a form makes a new boundary for it, so the boundary does not count. */
function digestOf({ pieces, contentType }: ApiEnv['Variables']['body']): string {
  const body = Buffer.concat(pieces);
  const boundary = /boundary="?([^";,]+)/.exec(contentType)?.[1];
  const content = boundary === undefined ? body : body.toString('latin1').replaceAll(boundary, '');
  return createHash('sha256').update(content).digest('base64');
}

/** @throws {Refusal} the first request had another body, or is still in work */
function repeat({ bodyDigest, answer }: Kept, givenDigest: string): Response {
  if (bodyDigest !== givenDigest) {
    throw new Refusal('unprocessable', 'Expected the body of the first request with this Idempotency-Key');
  }
  if (answer === undefined) {
    throw new Refusal('conflict', 'Expected the first request with this Idempotency-Key to be done', {
      'Retry-After': '1',
    });
  }
  const { body, status, headers } = answer;
  const again = new Response(body, { status, headers });
  again.headers.set('Idempotency-Replayed', 'true');
  return again;
}

async function keptAnswer(response: Response): Promise<Answer | undefined> {
  const { status } = response;
  if (status >= 500) return undefined;
  const body = await response.clone().arrayBuffer();
  if (body.byteLength > MAX_ANSWER_BYTES) return undefined;
  const headers = new Headers(response.headers);
  headers.delete('x-request-id');
  return { status, headers, body };
}
