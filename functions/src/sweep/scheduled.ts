/** What the schedule asks for: a new sweep every night, and at short intervals whatever is unfinished. */
import { scopeOf } from '@hangtag/shared/domain/sweep-state.js';
import { PASSES_FOR } from './command.js';
import { type SweepOutcome, type SweepWatcher, sweep } from './handler.js';
import type { SweepPorts } from './ports.js';

export interface Nightly {
  readonly bucket: string;
  /** Of the schedule, the same where it fires twice for one night. */
  readonly scheduleTime: string;
}

/** What somebody left unfinished comes first; then the night's own, if it is done in time. */
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

/** @returns undefined where nothing is unfinished: one read, and no more */
export async function sweepOn(
  bucket: string,
  ports: SweepPorts,
  watcher: SweepWatcher,
): Promise<SweepOutcome | undefined> {
  const state = (await ports.sweeps.get(bucket))?.state;
  return state?.status === 'running' ? sweep(scopeOf(state), ports, watcher) : undefined;
}
