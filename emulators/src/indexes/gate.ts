/** Decides about the queries that pass the proxy, and reports each refusal once. */
import type { CheckedQuery, IndexCheck } from './index-check.js';

export const FAILED_PRECONDITION = 9;

export class Gate {
  readonly #reported = new Set<string>();

  constructor(
    private readonly check: IndexCheck,
    private readonly onRefused: (refusal: string) => void,
  ) {}

  /**
   * @param read a request that cannot be read is passed on: the emulator answers what is wrong with it
   * @returns the text of the refusal, undefined if the request may pass
   */
  refusalOf(read: () => CheckedQuery | undefined): string | undefined {
    const query = orUndefined(read);
    const refusal = query && this.check.refusalOf(query);
    if (refusal !== undefined && !this.#reported.has(refusal)) {
      this.#reported.add(refusal);
      this.onRefused(refusal);
    }
    return refusal;
  }
}

export function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
