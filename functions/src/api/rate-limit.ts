/**
 * Requests a minute of one caller and of one tenant.
 *
 * Callers without credentials have a window of their own for all of them, so that they cannot use up the one of a tenant. The
 * window of one address is counted in this process only, so that the store does not grow with the number of addresses.
 *
 * Headers: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { MiddlewareHandler } from 'hono';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { ApiEnv } from './api-env.js';
import type { Identity } from './identity.js';
import { Refusal } from './refusal.js';
import { type Count, localCounter, type RequestCounter, WINDOW_SECONDS } from './request-counter.js';

export interface RateLimits {
  readonly callerPerMinute: number;
  readonly tenantPerMinute: (tenant: TenantId) => Promise<number>;
  /** Absent: each instance counts alone. */
  readonly shared?: RequestCounter | undefined;
}

interface Window {
  readonly policy: 'caller' | 'tenant';
  readonly counterOf: (identity: Identity) => RequestCounter;
  readonly keyOf: (identity: Identity) => string;
  readonly limitOf: (identity: Identity) => number | Promise<number>;
}

export function limitRate(limits: RateLimits): MiddlewareHandler<ApiEnv> {
  const windows = windowsOf(limits);
  return async (context, next) => {
    if (context.get('access').anonymous === 'always') return next();
    const identity = context.get('identity');
    for (const { policy, counterOf, keyOf, limitOf } of windows) {
      const limit = await limitOf(identity);
      const count = await counterOf(identity).count(keyOf(identity), limit);
      const headers = headersOf(policy, limit, count);
      if (!count.isAllowed) {
        throw tooMany(`Expected at most ${limit} requests a minute of this ${policy}`, count, headers);
      }
      for (const [name, value] of Object.entries(headers)) context.header(name, value, { append: true });
    }
    return next();
  };
}

function windowsOf({ callerPerMinute, tenantPerMinute, shared }: RateLimits): readonly Window[] {
  const local = localCounter();
  return [
    {
      policy: 'caller',
      counterOf: ({ subject }) => (subject.kind === 'public' ? local : (shared ?? local)),
      keyOf: ({ subject }) => `${subject.kind}:${subject.id}`,
      limitOf: () => callerPerMinute,
    },
    {
      policy: 'tenant',
      counterOf: () => shared ?? local,
      keyOf: ({ tenant, subject }) => (subject.kind === 'public' ? 'public' : `of ${tenant}`),
      limitOf: ({ tenant }) => tenantPerMinute(tenant),
    },
  ];
}

/**
 * Refused credentials, by the address of the client. An address that sent too many is refused before its next credentials are
 * looked up, which may be a read of the database.
 */
export class FailureLimit {
  readonly #limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS });
  readonly #perMinute: number;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** @throws {Refusal} `rate-limited`, or that of `identify` */
  async watch<T>(address: string, identify: () => Promise<T>): Promise<T> {
    const state = await this.#limiter.get(address);
    if (state !== null && state.consumedPoints >= this.#perMinute) {
      throw tooMany(`Expected at most ${this.#perMinute} refused credentials a minute of one address`, {
        windowEndsInMs: state.msBeforeNext,
      });
    }
    try {
      return await identify();
    } catch (error) {
      if (error instanceof Refusal && error.code === 'unauthorized') await this.#limiter.consume(address);
      throw error;
    }
  }
}

function tooMany(
  message: string,
  { windowEndsInMs }: Pick<Count, 'windowEndsInMs'>,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  const seconds = secondsOf(windowEndsInMs);
  return new Refusal('rate-limited', `${message}; try again in ${seconds} s`, {
    ...headers,
    'Retry-After': String(seconds),
  });
}

function headersOf(policy: Window['policy'], limit: number, { left, windowEndsInMs }: Count) {
  return {
    'RateLimit-Policy': `"${policy}";q=${limit};w=${WINDOW_SECONDS}`,
    RateLimit: `"${policy}";r=${left};t=${secondsOf(windowEndsInMs)}`,
  };
}

function secondsOf(ms: number): number {
  return Math.ceil(ms / 1_000);
}
