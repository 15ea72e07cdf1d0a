/**
 * Counts requests within a minute, by a key of a caller or a tenant: in this process alone, or together with the other instances
 * of the API.
 *
 * Instances that count together take shares of the limit from a common store. An instance asks the store only when its share is
 * used up. Its first share of a minute is one request. The next ones are as large as what it has admitted so far, and at most a
 * twentieth of the limit. So all instances together never admit more than the limit. They refuse too early by what other
 * instances hold unused, of each one at most a twentieth of the limit, and at most what it has admitted.
 */
import type { RequestShare, RequestWindow } from '@hangtag/shared/domain/request-window.js';
import { inTime } from '@hangtag/shared/in-time.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { RequestShares } from '@hangtag/shared/ports/request-shares.js';
import { LRUCache } from 'lru-cache';
import { RateLimiterMemory } from 'rate-limiter-flexible';

export const WINDOW_SECONDS = 60;
const WINDOW_MS = WINDOW_SECONDS * 1_000;
/** Of a limit. */
const LARGEST_SHARE = 1 / 20;
const MAX_WINDOWS = 10_000;
/** The longest that a request waits for the store. */
const MAX_WAIT_MS = 2_000;

export interface Count {
  readonly isAllowed: boolean;
  /** Requests that are left in this window. */
  readonly left: number;
  readonly windowEndsInMs: number;
}

export interface RequestCounter {
  /** Counts one request. The limit of a key may change. */
  count(key: string, limit: number): Promise<Count>;
}

/** Exact in this process. A window begins with its first request. */
export function localCounter(): RequestCounter {
  const limiter = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: WINDOW_SECONDS });
  return {
    async count(key, limit) {
      const { consumedPoints, msBeforeNext } = await limiter.consume(key);
      const left = Math.max(0, limit - consumedPoints);
      return { isAllowed: consumedPoints <= limit, left, windowEndsInMs: msBeforeNext };
    },
  };
}

interface SharedCounterPorts {
  readonly openShares: () => Promise<RequestShares>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Windows begin with the minutes of the clock. If the store fails, this instance counts a window alone. */
export function sharedCounter({ openShares, clock, log }: SharedCounterPorts): RequestCounter {
  const held = new LRUCache<string, HeldWindow>({ max: MAX_WINDOWS });
  const take: Take = async (window, wanted) => {
    try {
      return await inTime(MAX_WAIT_MS, 'the store of the limits', async () =>
        (await openShares()).take(window, wanted),
      );
    } catch (err) {
      log.warn({ function: 'api', outcome: 'limit-not-shared', err });
      return undefined;
    }
  };
  return {
    async count(key, limit) {
      const nowMs = clock.now();
      const startsAt = nowMs - (nowMs % WINDOW_MS);
      const endsAt = startsAt + WINDOW_MS;
      const known = held.get(key);
      const isCurrent = known?.window.startsAt === startsAt && known.window.limit === limit;
      const current = isCurrent ? known : new HeldWindow({ key, startsAt, endsAt, limit }, take);
      held.set(key, current);
      return { ...(await current.count()), windowEndsInMs: endsAt - nowMs };
    },
  };
}

/** @returns undefined: the store failed */
type Take = (window: RequestWindow, wanted: number) => Promise<RequestShare | undefined>;

/** What this instance holds of one window. */
class HeldWindow {
  readonly #take: Take;
  #admitted = 0;
  #unused = 0;
  #leftForAll = Number.POSITIVE_INFINITY;
  #taking: Promise<void> | undefined;

  constructor(
    readonly window: RequestWindow,
    take: Take,
  ) {
    this.#take = take;
  }

  async count(): Promise<Omit<Count, 'windowEndsInMs'>> {
    while (this.#unused === 0 && this.#leftForAll > 0) {
      this.#taking ??= this.#takeNext().finally(() => {
        this.#taking = undefined;
      });
      await this.#taking;
    }
    const isAllowed = this.#unused > 0;
    if (isAllowed) {
      this.#unused -= 1;
      this.#admitted += 1;
    }
    return { isAllowed, left: this.#leftForAll + this.#unused };
  }

  async #takeNext(): Promise<void> {
    const { limit } = this.window;
    const wanted = Math.max(1, Math.min(this.#admitted, Math.ceil(limit * LARGEST_SHARE)));
    const alone = { taken: limit - this.#admitted, left: 0 };
    const { taken, left } = (await this.#take(this.window, wanted)) ?? alone;
    this.#unused += taken;
    this.#leftForAll = left;
  }
}
