/**
 * The state of a bucket's sweep, which is stored in the document `sweeps/{bucket}`, and its transitions.
 *
 *               begin                    end of the last pass
 *   (none) ─────────────► running ───────────────────────────► done
 *                          ▲  │ pause               abort
 *                   resume │  ▼                  (from running or paused) ──► aborted
 *                         paused
 *
 * `running` means that the sweep is unfinished. A worker is active while the lease is valid. When the lease has expired, or was
 * released at the end of a time budget, the next run continues at the cursor. There is one document per bucket, and every
 * write to it is a compare-and-set. So two sweeps never run at the same time, and a worker that lost the lease detects it at its
 * next save, before anything is counted twice.
 */
import { isWithin, prefixRange } from './name-range.js';

export const PASSES = ['objects', 'stuck', 'deferred', 'circuit-open', 'stale-model'] as const;
export type Pass = (typeof PASSES)[number];

/** Reasons to repair a record, or to create a missing one. */
export const FINDINGS = ['missing', 'outdated', 'gone', 'stuck', 'deferred', 'stale'] as const;
export type Finding = (typeof FINDINGS)[number];

export interface SweepScope {
  readonly bucket: string;
  readonly prefix: string;
  /** In this order; at least one. */
  readonly passes: readonly Pass[];
  /** `dry-run` counts what `repair` would do, and writes only this document. */
  readonly mode: 'repair' | 'dry-run';
}

export interface SweepRequest extends SweepScope {
  /** A second request with the same id is refused, for example if a schedule fires twice. */
  readonly requestId?: string;
}

/** Billed operations, in the units of the price list. */
export interface Operations {
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  /** Listings of the bucket, and requests for the metadata of one object. */
  readonly lists: number;
  readonly stats: number;
}

export interface Progress extends Readonly<Record<Finding, number>>, Operations {
  /** Objects that were listed, and those of them whose records are correct. */
  readonly listed: number;
  readonly proved: number;
  /** Findings that were repaired, needed no repair any more, exceed the day's budget, and could not be repaired. */
  readonly repaired: number;
  readonly void: number;
  readonly postponed: number;
  readonly failed: number;
}

export interface Lease {
  readonly holder: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

export interface SweepState extends SweepScope {
  readonly status: 'running' | 'paused' | 'done' | 'aborted';
  readonly requestId: string | null;
  readonly lease: Lease | null;
  /** The current pass, and the first name that it has not processed. */
  readonly pass: Pass;
  readonly cursor: string;
  readonly progress: Progress;
  /** Objects of this scope in the last finished sweep, from which `etaAt` is estimated. */
  readonly expected: number | null;
  /** US dollars, from `progress` and the price list. */
  readonly costEstimate: number;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly etaAt: number | null;
  readonly finishedAt: number | null;
}

export const NO_PROGRESS: Progress = {
  listed: 0,
  proved: 0,
  missing: 0,
  outdated: 0,
  gone: 0,
  stuck: 0,
  deferred: 0,
  stale: 0,
  repaired: 0,
  void: 0,
  postponed: 0,
  failed: 0,
  reads: 0,
  writes: 0,
  messages: 0,
  lists: 0,
  stats: 0,
};

/** The scope of a state: a request for it continues that sweep. */
export function scopeOf({ bucket, prefix, passes, mode }: SweepScope): SweepScope {
  return { bucket, prefix, passes, mode };
}

export type SweepAction = 'pause' | 'resume' | 'abort';

/** Applies a person's action. The lease stays: its holder detects the action at its next save. @returns undefined if nothing changes */
export function onAction(current: SweepState, action: SweepAction, nowMs: number): SweepState | undefined {
  if (isOver(current)) return undefined;
  switch (action) {
    case 'pause':
      return current.status === 'running' ? { ...current, status: 'paused' } : undefined;
    case 'resume':
      return current.status === 'paused' ? { ...current, status: 'running' } : undefined;
    case 'abort':
      return { ...current, status: 'aborted', finishedAt: nowMs };
  }
}

/** The result of one page. */
export interface Step {
  readonly progress: Partial<Progress>;
  /** The next cursor; absent at the end of the pass. */
  readonly next?: string;
}

export function onStep(state: SweepState, { progress, next }: Step, nowMs: number): SweepState {
  const counted = { ...state, progress: add(state.progress, progress), updatedAt: nowMs };
  const moved = next === undefined ? nextPass(counted, nowMs) : { ...counted, cursor: next };
  return { ...moved, etaAt: etaOf(moved, nowMs) };
}

/** Whether pass and cursor are within the scope: otherwise names would be skipped silently. */
export function isWithinScope({ bucket, prefix, passes, pass, cursor }: SweepState): boolean {
  return passes.includes(pass) && isWithin(cursor, prefixRange(bucket, prefix));
}

function nextPass(state: SweepState, nowMs: number): SweepState {
  const pass = state.passes[state.passes.indexOf(state.pass) + 1];
  if (pass !== undefined) return { ...state, pass, cursor: state.prefix };
  return { ...state, status: 'done', lease: null, finishedAt: nowMs };
}

function etaOf({ status, pass, progress, expected, startedAt }: SweepState, nowMs: number): number | null {
  if (status !== 'running' || pass !== 'objects' || expected === null || progress.listed === 0) return null;
  const left = Math.max(0, expected - progress.listed);
  return Math.round(nowMs + ((nowMs - startedAt) / progress.listed) * left);
}

function add(total: Progress, step: Partial<Progress>): Progress {
  const sum: { -readonly [Key in keyof Progress]: number } = { ...total };
  for (const key of Object.keys(step) as (keyof Progress)[]) sum[key] += step[key] ?? 0;
  return sum;
}

export function isOver({ status }: SweepState): boolean {
  return status === 'done' || status === 'aborted';
}
