import { onWish, type SweepState, type Wish } from '@hangtag/shared/domain/sweep-state.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { SweepStore } from '@hangtag/shared/ports/sweep-store.js';

/** A working sweep saves about once a second: losing to it so many times in a row is not to be expected. */
const MAX_ROUNDS = 8;

/**
 * Writes a person's wish into the sweep's document; whoever works on it sees it at the next page it saves.
 *
 * @returns the state after it; `undefined` where there is no sweep, or where the wish changes nothing
 */
export async function express(
  { bucket, wish }: { readonly bucket: string; readonly wish: Wish },
  { sweeps, clock }: { readonly sweeps: SweepStore; readonly clock: Clock },
): Promise<SweepState | undefined> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await sweeps.get(bucket);
    const state = found?.state && onWish(found.state, wish, clock.now());
    if (found === undefined || state === undefined) return undefined;
    if ((await sweeps.update(state, found.version)) !== undefined) return state;
  }
  throw new TransientError(`Lost ${MAX_ROUNDS} races in a row for the sweep of ${bucket}`);
}
