/** Processes one page of one pass: compare, count and repair. */
import { admit } from '@hangtag/shared/domain/admission.js';
import { prefixRange, rangeOf } from '@hangtag/shared/domain/name-range.js';
import type { Progress, Step, SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import pMap from 'p-map';
import { type Difference, nameOf } from './difference.js';
import { findDifferences } from './find-differences.js';
import { listPage } from './list-page.js';
import type { SweepPorts } from './ports.js';
import { repair } from './repair.js';
import { countWaiting, FINDING_OF, selectWaiting, type WaitingPass } from './select-waiting.js';

/** `interrupted`: a repair had a transient failure, so the next run processes the page again. */
export interface StepTaken extends Step {
  readonly interrupted?: TransientError;
  readonly failures: readonly { readonly name: string; readonly error: unknown }[];
}

/** The contents of a page before any repair. */
interface Findings {
  readonly differences: readonly Difference[];
  readonly objects: readonly StoredObject[];
  readonly next?: string;
}

/** @throws {TransientError} nothing of this page is counted */
export async function takeStep(state: SweepState, ports: SweepPorts): Promise<StepTaken> {
  if (state.mode === 'dry-run') return planStep(state, ports);
  const found = await look(state, ports);
  const { interrupted, progress, failures } = await repairAll(found.differences, ports);
  // The next run processes the page again, and counts its findings then.
  if (interrupted !== undefined) return { interrupted, progress, failures, next: state.cursor };
  return { progress: { ...tally(found), ...progress }, failures, ...nextOf(found) };
}

/** Counts what a repair would do. */
async function planStep(state: SweepState, ports: SweepPorts): Promise<StepTaken> {
  if (state.pass !== 'objects') return countOnly(state.pass, state, ports);
  const found = await look(state, ports);
  return { progress: { ...tally(found), ...plan(found, ports) }, failures: [], ...nextOf(found) };
}

function nextOf({ next }: Findings): Pick<Step, 'next'> {
  return next === undefined ? {} : { next };
}

function scopeFrom({ bucket, prefix, cursor }: SweepState) {
  return rangeOf(bucket, cursor, prefixRange(bucket, prefix).to);
}

async function look(state: SweepState, ports: SweepPorts): Promise<Findings> {
  const range = scopeFrom(state);
  if (state.pass !== 'objects') {
    const { found, ...rest } = await selectWaiting(state.pass, range, ports);
    const kind = FINDING_OF[state.pass];
    return { differences: found.map((known) => ({ kind, known })), objects: [], ...rest };
  }
  const { pageSize } = ports.limits;
  const page = await listPage(ports.objects, { range, prefix: state.prefix, pageSize });
  const differences: Difference[] = [];
  for await (const difference of findDifferences(page, ports)) {
    // There are more differences than names on a page, for example after a bucket was emptied: end the page here.
    if (differences.length === pageSize) return cut(page.objects, differences, nameOf(difference));
    differences.push(difference);
  }
  return { differences, objects: page.objects, ...(page.next !== undefined && { next: page.next }) };
}

function cut(objects: readonly StoredObject[], differences: readonly Difference[], next: string): Findings {
  return { differences, objects: objects.filter(({ name }) => compareUtf8(name, next) < 0), next };
}

function tally({ differences, objects }: Findings): Partial<Progress> {
  const found = { missing: 0, outdated: 0, gone: 0, stuck: 0, deferred: 0, stale: 0, 'in-flight': 0 };
  for (const { kind } of differences) found[kind] += 1;
  const { 'in-flight': inFlight, ...findings } = found;
  const listed = objects.length;
  return { ...findings, listed, proved: Math.max(0, listed - found.missing - found.outdated - inFlight) };
}

/** Counts the writes and messages of a repair. */
function plan({ differences }: Findings, { policy }: SweepPorts): Partial<Progress> {
  const inFlight = differences.filter(({ kind }) => kind === 'in-flight').length;
  const writes = differences.length - inFlight;
  const messages = differences.filter(
    (difference) => isUpload(difference) && admit(difference.object, policy).status === 'queued',
  ).length;
  return { void: inFlight, writes, messages };
}

function isUpload(
  difference: Difference,
): difference is Extract<Difference, { kind: 'missing' | 'outdated' }> {
  return difference.kind === 'missing' || difference.kind === 'outdated';
}

async function countOnly(pass: WaitingPass, state: SweepState, ports: SweepPorts): Promise<StepTaken> {
  const count = await countWaiting(pass, scopeFrom(state), ports);
  return { progress: { [FINDING_OF[pass]]: count, writes: count, messages: count }, failures: [] };
}

type Repairs = Pick<StepTaken, 'progress' | 'failures' | 'interrupted'>;

async function repairAll(differences: readonly Difference[], ports: SweepPorts): Promise<Repairs> {
  const results = await pMap(differences, (difference) => attempt(difference, ports), {
    concurrency: ports.limits.concurrency,
  });
  const count = (result: string) => results.filter((each) => each.result === result).length;
  const [interrupted] = results.flatMap(({ error }) => (error instanceof TransientError ? error : []));
  return {
    progress: {
      repaired: count('repaired'),
      void: count('void'),
      postponed: count('postponed'),
      failed: count('failed'),
    },
    failures: results.flatMap(({ result, name, error }) => (result === 'failed' ? { name, error } : [])),
    ...(interrupted !== undefined && { interrupted }),
  };
}

/** A record that cannot be repaired is counted and does not stop the others; a transient failure interrupts the page. */
async function attempt(difference: Difference, ports: SweepPorts) {
  const name = nameOf(difference);
  try {
    return { name, result: await repair(difference, ports), error: undefined };
  } catch (error) {
    return { name, result: error instanceof TransientError ? 'interrupted' : 'failed', error } as const;
  }
}
