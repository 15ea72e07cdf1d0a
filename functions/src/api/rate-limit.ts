/**
 * Requests a minute of one caller and of one tenant. The counts are those of this process, where they are exact: a service of
 * several instances allows up to the limit times the number of instances.
 *
 * Callers without credentials have a window of their own for all of them, so that they cannot use up the one of a tenant.
 *
 * Headers: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import type { ApiEnv } from './api-env.js';
import type { Identity } from './identity.js';
import { Refusal } from './refusal.js';

export interface RateLimits {
  readonly callerPerMinute: number;
  readonly tenantPerMinute: (tenant: TenantId) => Promise<number>;
}

const WINDOW_SECONDS = 60;

interface Window {
  readonly policy: 'caller' | 'tenant';
  /** Counts only: the limit of a tenant may change. */
  readonly limiter: RateLimiterMemory;
  readonly keyOf: (identity: Identity) => string;
  readonly limitOf: (identity: Identity) => number | Promise<number>;
}

export function limitRate({ callerPerMinute, tenantPerMinute }: RateLimits): MiddlewareHandler<ApiEnv> {
  const limiter = () => new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS });
  const windows: readonly Window[] = [
    {
      policy: 'caller',
      limiter: limiter(),
      keyOf: ({ subject }) => `${subject.kind}:${subject.id}`,
      limitOf: () => callerPerMinute,
    },
    {
      policy: 'tenant',
      limiter: limiter(),
      keyOf: ({ tenant, subject }) => (subject.kind === 'public' ? 'public' : `of ${tenant}`),
      limitOf: ({ tenant }) => tenantPerMinute(tenant),
    },
  ];
  return async (context, next) => {
    if (context.get('access').anonymous === 'always') return next();
    for (const each of windows) {
      const identity = context.get('identity');
      const limit = await each.limitOf(identity);
      const state = await each.limiter.consume(each.keyOf(identity));
      const headers = headersOf(each.policy, limit, state);
      if (state.consumedPoints > limit) {
        const seconds = secondsLeft(state);
        throw new Refusal(
          'rate-limited',
          `Expected at most ${limit} requests a minute of this ${each.policy}; try again in ${seconds} s`,
          { ...headers, 'Retry-After': String(seconds) },
        );
      }
      for (const [name, value] of Object.entries(headers)) context.header(name, value, { append: true });
    }
    return next();
  };
}

function headersOf(policy: Window['policy'], limit: number, state: RateLimiterRes) {
  const left = Math.max(0, limit - state.consumedPoints);
  return {
    'RateLimit-Policy': `"${policy}";q=${limit};w=${WINDOW_SECONDS}`,
    RateLimit: `"${policy}";r=${left};t=${secondsLeft(state)}`,
  };
}

function secondsLeft({ msBeforeNext }: RateLimiterRes): number {
  return Math.ceil(msBeforeNext / 1_000);
}
