/**
 * One bucket's sweep, as the document `sweeps/{bucket}` holds it, and the rules of who may work on it.
 *
 *               begin                    end of the last pass
 *   (none) ─────────────► running ───────────────────────────► done
 *                          ▲  │ pause               abort
 *                   resume │  ▼                  (from running or paused) ──► aborted
 *                         paused
 *
 * `running` says only that the sweep is unfinished. Somebody works on it while the lease holds; when the lease has run
 * out, or was handed back at the end of a time budget, the next to come takes it over at the cursor. There is one
 * document per bucket, and every write to it is a compare-and-set: so two never run at once, and whoever lost the
 * lease learns it at the next save, before anything is counted twice.
 */
import { isWithin, prefixRange } from './name-range.js';

export const PASSES = ['objects', 'stuck', 'deferred', 'stale-model'] as const;
export type Pass = (typeof PASSES)[number];

/** What is wrong with a record, or with its absence. */
export const FINDINGS = ['missing', 'outdated', 'gone', 'stuck', 'deferred', 'stale'] as const;
export type Finding = (typeof FINDINGS)[number];

export interface SweepScope {
  readonly bucket: string;
  readonly prefix: string;
  /** In this order; at least one. */
  readonly passes: readonly Pass[];
  /** `dry-run` counts what `repair` would do, and writes nothing but this document. */
  readonly mode: 'repair' | 'dry-run';
}

export interface SweepRequest extends SweepScope {
  /** Two requests of one id are one: a schedule that fires twice. */
  readonly requestId?: string;
}

/** What was charged, by the units of the price list. */
export interface Operations {
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  /** Bucket listings, and look-ups of one object. */
  readonly lists: number;
  readonly stats: number;
}

export interface Progress extends Readonly<Record<Finding, number>>, Operations {
  /** Objects listed, and those of them whose records were proved without reading one. */
  readonly listed: number;
  readonly proved: number;
  /** Findings put right, found already right by then, left for want of budget, and not repairable by trying. */
  readonly repaired: number;
  readonly settled: number;
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
  /** The pass at work, and the first name it has not dealt with. */
  readonly pass: Pass;
  readonly cursor: string;
  readonly progress: Progress;
  /** Objects of this scope at the last finished sweep: what the estimate of the end rests on. */
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
  settled: 0,
  postponed: 0,
  failed: 0,
  reads: 0,
  writes: 0,
  messages: 0,
  lists: 0,
  stats: 0,
};

/** Who only carries on what is unfinished asks for its own scope. */
export function scopeOf({ bucket, prefix, passes, mode }: SweepScope): SweepScope {
  return { bucket, prefix, passes, mode };
}

export type SweepAction = 'pause' | 'resume' | 'abort';

/** A person's action. The lease stays: whoever works on the sweep sees it at the next page. @returns undefined where it changes nothing */
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

/** What one page came to. */
export interface Step {
  readonly progress: Partial<Progress>;
  /** Where to go on; absent at the end of the pass. */
  readonly next?: string;
}

export function onStep(state: SweepState, { progress, next }: Step, nowMs: number): SweepState {
  const counted = { ...state, progress: add(state.progress, progress), updatedAt: nowMs };
  const moved = next === undefined ? nextPass(counted, nowMs) : { ...counted, cursor: next };
  return { ...moved, etaAt: etaOf(moved, nowMs) };
}

/** A cursor outside of the scope would skip names without a word. */
export function isSound({ bucket, prefix, passes, pass, cursor }: SweepState): boolean {
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
