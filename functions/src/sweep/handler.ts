/**
 * Makes the records of a bucket agree with its objects, page by page:
 *
 *   1. take the lease of a new sweep, or of the unfinished one at its cursor   (one sweep at a time per bucket)
 *   2. compare a page: list it, prove it by one digest, halve the range if the digest differs
 *   3. repair what differs, as the lost event would have done
 *   4. save cursor and counts together, and go on until done, paused, aborted or out of time
 *
 * If the process is killed, the next run continues at the last save. Processing a page twice does no harm: each repair is a
 * compare-and-set. If a record was written and its message was lost, the pass over stuck records publishes it.
 */
import { randomUUID } from 'node:crypto';
import { onStep, type SweepRequest, type SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { type Held, release, save, take } from './lease.js';
import { Meter, metered } from './metered.js';
import type { SweepPorts } from './ports.js';
import { type StepTaken, takeStep } from './take-step.js';

export type SweepOutcome =
  | { readonly outcome: SweepState['status'] | 'out-of-time' | 'lost-lease'; readonly state: SweepState }
  | { readonly outcome: 'refused'; readonly because: string; readonly state: SweepState };

/** Called after every page, and for every record that could not be repaired. */
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
  return run(taken.held, ports, watcher);
}

async function run(start: Held, ports: SweepPorts, watcher: SweepWatcher): Promise<SweepOutcome> {
  const { clock, limits } = ports;
  const deadline = clock.now() + limits.timeBudgetMs;
  const takePage = pageTaker(ports, watcher);
  let held = start;
  let savedAt = clock.now();
  try {
    while (held.state.status === 'running') {
      if (clock.now() >= deadline || ports.signal?.aborted)
        return outcomeOf(await release(held, ports), held);
      const { state, interrupted } = await takePage(held.state);
      const isWorthSaving = !isProved(held.state, state) || clock.now() - savedAt >= limits.saveEveryMs;
      held = { ...held, state };
      if (interrupted !== undefined) throw interrupted;
      if (!isWorthSaving) continue;
      const saved = await save(held, ports);
      if (saved === undefined) return outcomeOf(undefined, held);
      held = saved;
      savedAt = clock.now();
    }
    return outcomeOf(held, held);
  } catch (error) {
    // If the release fails too, the lease expires.
    await release(held, ports).catch(() => undefined);
    throw error;
  }
}

/** Processes pages, counts what they cost and calls the watcher. */
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

/** Whether the page needed no repair and its pass goes on: processing it again after a crash costs one read. */
function isProved(before: SweepState, after: SweepState): boolean {
  const done = ({ progress }: SweepState) => progress.repaired + progress.void + progress.failed;
  return after.status === 'running' && before.pass === after.pass && done(before) === done(after);
}

function outcomeOf(kept: Held | undefined, last: Held): SweepOutcome {
  if (kept === undefined) return { outcome: 'lost-lease', state: last.state };
  const { state } = kept;
  return { outcome: state.status === 'running' ? 'out-of-time' : state.status, state };
}
