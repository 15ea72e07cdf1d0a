import { onAction, type SweepAction, type SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { SweepStore } from '@hangtag/shared/ports/sweep-store.js';

/** A working sweep saves about once a second, so losing so many races in a row is not expected. */
const MAX_ROUNDS = 8;

/**
 * Writes an action that a person requests into the sweep's document. The worker sees it when it saves its next page.
 *
 * @returns the state afterwards; `undefined` where there is no sweep, or where the action changes nothing
 */
export async function requestAction(
  { bucket, action }: { readonly bucket: string; readonly action: SweepAction },
  { sweeps, clock }: { readonly sweeps: SweepStore; readonly clock: Clock },
): Promise<SweepState | undefined> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await sweeps.get(bucket);
    const state = found?.state && onAction(found.state, action, clock.now());
    if (found === undefined || state === undefined) return undefined;
    if ((await sweeps.update(state, found.version)) !== undefined) return state;
  }
  throw new TransientError(`Lost ${MAX_ROUNDS} races in a row for the sweep of ${bucket}`);
}
