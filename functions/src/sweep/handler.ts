/**
 * Makes the records of a bucket agree with its objects, page by page:
 *
 *   1. take the sweep: a new one, or the unfinished one at its cursor      (one at a time per bucket)
 *   2. look at a page: list it, prove it by one digest, halve where it differs
 *   3. put right what differs, as the lost event would have done
 *   4. save cursor and counts together, and go on until done, paused, aborted or out of time
 *
 * Killed anywhere, the next run goes on at the last save. A page that is taken again finds its repairs done: each is a
 * compare-and-set, and a message that was lost between the two is sent by the pass over what is stuck.
 */
import { randomUUID } from 'node:crypto';
import { onStep, type SweepRequest, type SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { type Hold, release, save, take } from './hold.js';
import { Meter, metered } from './metered.js';
import type { SweepPorts } from './ports.js';
import { type StepTaken, takeStep } from './take-step.js';

export type SweepOutcome =
  | { readonly outcome: SweepState['status'] | 'out-of-time' | 'lost-lease'; readonly state: SweepState }
  | { readonly outcome: 'refused'; readonly because: string; readonly state: SweepState };

/** Told of every page, and of every record that could not be put right. */
export interface SweepWatcher {
  onPage?(state: SweepState): void;
  onFailure?(failure: StepTaken['failures'][number]): void;
}

/**
 * @throws {NoSuchBucket} before anything is written
 * @throws {TransientError} the cursor stays before the page that failed
 */
export async function sweep(
  request: SweepRequest,
  ports: SweepPorts,
  watcher: SweepWatcher = {},
): Promise<SweepOutcome> {
  await ports.objects.list(request.bucket, { maxResults: 1 });
  const taken = await take(request, randomUUID(), ports);
  if (taken.kind === 'refused') return { outcome: 'refused', because: taken.because, state: taken.state };
  return run(taken.hold, ports, watcher);
}

async function run(start: Hold, ports: SweepPorts, watcher: SweepWatcher): Promise<SweepOutcome> {
  const { clock, limits } = ports;
  const deadline = clock.now() + limits.timeBudgetMs;
  const takePage = pageTaker(ports, watcher);
  let hold = start;
  let savedAt = clock.now();
  try {
    while (hold.state.status === 'running') {
      if (clock.now() >= deadline) return outcomeOf(await release(hold, ports), hold);
      const { state, interrupted } = await takePage(hold.state);
      const isWorthSaving = !isProved(hold.state, state) || clock.now() - savedAt >= limits.saveEveryMs;
      hold = { ...hold, state };
      if (interrupted !== undefined) throw interrupted;
      if (!isWorthSaving) continue;
      const saved = await save(hold, ports);
      if (saved === undefined) return outcomeOf(undefined, hold);
      hold = saved;
      savedAt = clock.now();
    }
    return outcomeOf(hold, hold);
  } catch (error) {
    // Where this fails too, the lease runs out by itself.
    await release(hold, ports).catch(() => undefined);
    throw error;
  }
}

/** Takes pages, counts what they cost and tells the watcher. */
function pageTaker(ports: SweepPorts, watcher: SweepWatcher) {
  const meter = new Meter();
  const counted = metered(ports, meter);
  return async (before: SweepState) => {
    const step = await takeStep(before, counted);
    const progress = { ...meter.take(), ...step.progress };
    const state = onStep(before, { ...step, progress }, ports.clock.now());
    for (const failure of step.failures) watcher.onFailure?.(failure);
    watcher.onPage?.(state);
    return { state, interrupted: step.interrupted };
  };
}

/** A page of the same pass at which nothing was done: taken again after a crash, it costs one read. */
function isProved(before: SweepState, after: SweepState): boolean {
  const done = ({ progress }: SweepState) => progress.repaired + progress.settled + progress.failed;
  return after.status === 'running' && before.pass === after.pass && done(before) === done(after);
}

function outcomeOf(kept: Hold | undefined, last: Hold): SweepOutcome {
  if (kept === undefined) return { outcome: 'lost-lease', state: last.state };
  const { state } = kept;
  return { outcome: state.status === 'running' ? 'out-of-time' : state.status, state };
}
