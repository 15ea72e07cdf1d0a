import {
  type RequestShare,
  type RequestWindow,
  type StoredWindow,
  takeShare,
} from '../../domain/request-window.js';
import type { RequestShares } from '../../ports/request-shares.js';

export class MemoryRequestShares implements RequestShares {
  readonly #windows = new Map<string, StoredWindow>();

  async take(asked: RequestWindow, wanted: number): Promise<RequestShare> {
    const { window, share } = takeShare(this.#windows.get(asked.key), asked, wanted);
    this.#windows.set(asked.key, window);
    return share;
  }
}
