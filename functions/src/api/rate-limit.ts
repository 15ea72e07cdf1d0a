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
  const windows: readonly Window[] = [
    {
      policy: 'caller',
      limiter: counter(),
      keyOf: ({ subject }) => `${subject.kind}:${subject.id}`,
      limitOf: () => callerPerMinute,
    },
    {
      policy: 'tenant',
      limiter: counter(),
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
        throw tooMany(`Expected at most ${limit} requests a minute of this ${each.policy}`, state, headers);
      }
      for (const [name, value] of Object.entries(headers)) context.header(name, value, { append: true });
    }
    return next();
  };
}

/**
 * Refused credentials, by the address of the client. An address that sent too many is refused before its next credentials are
 * looked up, which may be a read of the database.
 */
export class FailureLimit {
  readonly #limiter = counter();
  readonly #perMinute: number;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @throws {Refusal} `rate-limited`, or that of `identify` */
  async watch<T>(address: string, identify: () => Promise<T>): Promise<T> {
    const state = await this.#limiter.get(address);
    if (state !== null && state.consumedPoints >= this.#perMinute) {
      throw tooMany(`Expected at most ${this.#perMinute} refused credentials a minute of one address`, state);
    }
    try {
      return await identify();
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unauthorized') await this.#limiter.consume(address);
      throw error;
    }
  }
}

function counter(): RateLimiterMemory {
  return new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS });
}

function tooMany(
  message: string,
  state: RateLimiterRes,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  const seconds = secondsLeft(state);
  return new Refusal('rate-limited', `${message}; try again in ${seconds} s`, {
    ...headers,
    'Retry-After': String(seconds),
  });
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
