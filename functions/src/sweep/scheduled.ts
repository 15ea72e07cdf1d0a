/** The sweeps that the schedules start: a complete one every night, and at short intervals the work that must not wait until then. */
import { scopeOf } from '@hangtag/shared/domain/sweep-state.js';
import { PASSES_FOR } from './command.js';
import { type SweepOutcome, type SweepWatcher, sweep } from './handler.js';
import type { SweepPorts } from './ports.js';
import { countWaiting } from './select-waiting.js';

export interface Nightly {
  readonly bucket: string;
  /** Of the schedule; the same if it fires twice for one night. */
  readonly scheduleTime: string;
}

/** Finishes an unfinished sweep first, then starts the one of this night. */
export async function sweepNightly(
  { bucket, scheduleTime }: Nightly,
  ports: SweepPorts,
  watcher: SweepWatcher,
): Promise<SweepOutcome> {
  const passes = PASSES_FOR.routine;
  const request = { bucket, prefix: '', passes, mode: 'repair', requestId: scheduleTime } as const;
  const tonight = await sweep(request, ports, watcher);
  if (tonight.outcome !== 'refused' || tonight.because !== 'other-unfinished') return tonight;
  const unfinished = await sweep(scopeOf(tonight.state), ports, watcher);
  return unfinished.outcome === 'done' ? sweep(request, ports, watcher) : unfinished;
}

/**
 * Continues the unfinished sweep. Without one, requeues the images that were deferred because the model failed, since the model
 * may work again.
 *
 * @returns undefined if there is nothing to do, which costs two reads
 */
export async function resumeSweep(
  bucket: string,
  ports: SweepPorts,
  watcher: SweepWatcher,
): Promise<SweepOutcome | undefined> {
  const state = (await ports.sweeps.get(bucket))?.state;
  if (state?.status === 'running') return sweep(scopeOf(state), ports, watcher);
  const deferred = await countWaiting('circuit-open', { bucket, from: '' }, ports);
  if (deferred === 0 || state?.status === 'paused') return undefined;
  const request = { bucket, prefix: '', passes: ['circuit-open'], mode: 'repair' } as const;
  return sweep(request, ports, watcher);
}
