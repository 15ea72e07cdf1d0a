import type { RequestShare, RequestWindow } from '../domain/request-window.js';

/** The requests that the instances of the API may admit, counted together. */
export interface RequestShares {
  /**
   * Takes requests of a window for this instance: fewer than it wants near the limit, and none beyond it.
   *
   * @throws {TransientError}
   */
  take(window: RequestWindow, wanted: number): Promise<RequestShare>;
}
