/** The requests of one caller or one tenant to the API within one minute, counted for all its instances together. */
export interface RequestWindow {
  /** Of the caller or the tenant. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** Requests. */
  readonly limit: number;
}

/** What the store has of the last window of a key. */
export interface StoredWindow {
  readonly startsAt: number;
  /** Requests that the instances took to admit them. */
  readonly taken: number;
}

export interface RequestShare {
  /** Requests that the instance may admit. */
  readonly taken: number;
  /** Requests that are left for all instances. */
  readonly left: number;
}

/** A window that begins later than the asked one is used in its place: the clocks of two instances differ by milliseconds. */
export function takeShare(
  last: StoredWindow | undefined,
  { startsAt, limit }: RequestWindow,
  wanted: number,
): { readonly window: StoredWindow; readonly share: RequestShare } {
  const { startsAt: current, taken: before } =
    last !== undefined && last.startsAt >= startsAt ? last : { startsAt, taken: 0 };
  const taken = Math.max(0, Math.min(wanted, limit - before));
  return {
    window: { startsAt: current, taken: before + taken },
    share: { taken, left: Math.max(0, limit - before - taken) },
  };
}
