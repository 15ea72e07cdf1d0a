import { onAction, type SweepAction, type SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { SweepStore } from '@hangtag/shared/ports/sweep-store.js';

/** A running sweep saves about once a second, so this many lost races in a row are not expected. */
const MAX_ROUNDS = 8;

/**
 * Writes a person's action into the sweep's document. The worker detects it when it saves its next page.
 *
 * @returns the new state; `undefined` if there is no sweep, or if the action changes nothing
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
