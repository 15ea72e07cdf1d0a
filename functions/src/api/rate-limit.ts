/**
 * Requests a minute of one caller and of one tenant. The counts are those of this process, where they are exact: a service of
 * several instances allows up to the limit times the number of instances.
 *
 * Callers without credentials have a window of their own for all of them, so that they cannot use up the one of a tenant.
 *
 * Headers: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { ApiEnv } from './api-env.js';
import type { Identity } from './identity.js';
import { Refusal } from './refusal.js';

export interface RateLimits {
  readonly callerPerMinute: number;
  readonly tenantPerMinute: number;
}

const WINDOW_SECONDS = 60;

interface Window {
  readonly policy: 'caller' | 'tenant';
  readonly limiter: RateLimiterMemory;
  readonly keyOf: (identity: Identity) => string;
}

export function limitRate({ callerPerMinute, tenantPerMinute }: RateLimits): MiddlewareHandler<ApiEnv> {
  const window = (policy: Window['policy'], points: number, keyOf: Window['keyOf']): Window => ({
    policy,
    limiter: new RateLimiterMemory({ points, duration: WINDOW_SECONDS }),
    keyOf,
  });
  const windows = [
    window('caller', callerPerMinute, ({ subject }) => `${subject.kind}:${subject.id}`),
    window('tenant', tenantPerMinute, ({ tenant, subject }) =>
      subject.kind === 'public' ? 'public' : `of ${tenant}`,
    ),
  ];
  return async (context, next) => {
    if (context.get('access').anonymous === 'always') return next();
    for (const each of windows) {
      const state = await consume(each, context.get('identity'));
      const headers = headersOf(each, state);
      if (state.consumedPoints > each.limiter.points) {
        const seconds = secondsLeft(state);
        throw new Refusal(
          'rate-limited',
          `Expected at most ${each.limiter.points} requests a minute of this ${each.policy}; try again in ${seconds} s`,
          { ...headers, 'Retry-After': String(seconds) },
        );
      }
      for (const [name, value] of Object.entries(headers)) context.header(name, value, { append: true });
    }
    return next();
  };
}

/** Refusals of the limiter are its result too. */
function consume({ limiter, keyOf }: Window, identity: Identity): Promise<RateLimiterRes> {
  return limiter.consume(keyOf(identity)).catch((refused: RateLimiterRes) => refused);
}

function headersOf({ policy, limiter }: Window, state: RateLimiterRes) {
  return {
    'RateLimit-Policy': `"${policy}";q=${limiter.points};w=${WINDOW_SECONDS}`,
    RateLimit: `"${policy}";r=${state.remainingPoints};t=${secondsLeft(state)}`,
  };
}

function secondsLeft({ msBeforeNext }: RateLimiterRes): number {
  return Math.ceil(msBeforeNext / 1_000);
}
