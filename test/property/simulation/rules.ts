/**
 * The eight rules of the record, checked at every write. The first violation is kept and thrown after the step that caused it,
 * because an error that is thrown inside a store would look like a failure of the store.
 */

import { isDeepStrictEqual } from 'node:util';
import { compareGenerations, type Generation } from '@hangtag/shared/domain/generation.js';
import type { Correction, ImageRecord, ModelRef } from '@hangtag/shared/domain/record.js';
import { categoryOf, DAILY_LIMIT } from './installation.js';

export class RuleBroken extends Error {
  override readonly name = 'RuleBroken';

  constructor(
    readonly rule: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8,
    what: string,
  ) {
    super(`Rule ${rule}: ${what}`);
  }
}

/** The effect that a delivery must have before it is acknowledged. */
export interface Debt {
  readonly kind: 'finalized' | 'deleted' | 'message';
  readonly name: string;
  readonly generation: Generation;
  /** True once the effect is durable, or the delivery is known to be void. */
  paid: boolean;
}

interface Circumstances {
  /** When the model was last broken. Images that were in work then may be deferred later. */
  readonly brokenAtMs: number;
  readonly nowMs: number;
  /** Images that may be about to be queued. */
  readonly atWork: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

interface Life {
  record: ImageRecord;
  /** Labels may be written once each time the record is queued. */
  mayCommit: boolean;
  lastCommit: { readonly generation: Generation; readonly model: ModelRef | null } | undefined;
  correction: Correction | null;
}

export class Rules {
  breach: RuleBroken | undefined;
  readonly #lives = new Map<string, Life>();
  readonly #debts = new Set<Debt>();
  readonly #uploaded = new Map<string, Generation>();
  readonly #billed = new Map<string, number>();

  owe(debt: Omit<Debt, 'paid'>): Debt {
    const owed = { ...debt, paid: false };
    this.#debts.add(owed);
    this.#settleDebts(owed.name);
    return owed;
  }

  /** For a delivery that the network lost. */
  forgive(debt: Debt): void {
    this.#debts.delete(debt);
  }

  acknowledged(debt: Debt): void {
    this.#debts.delete(debt);
    if (!debt.paid)
      this.#broken(3, `${debt.kind} of ${debt.name}@${debt.generation} acknowledged without effect`);
  }

  /** The bucket holds this generation: the deletion of an older one needs no effect any more. */
  uploaded({ name, generation }: Pick<Debt, 'name' | 'generation'>): void {
    this.#uploaded.set(name, generation);
    this.#settleDebts(name);
  }

  /** A message for this generation is in the topic. */
  published(name: string, generation: Generation): void {
    for (const debt of this.#debts) {
      const isPaid = debt.kind !== 'deleted' && debt.name === name && debt.generation === generation;
      if (isPaid) debt.paid = true;
    }
  }

  /** A correction, which every later record must contain. */
  corrected(name: string, correction: Correction): void {
    const life = this.#lives.get(name);
    if (life) life.correction = correction;
  }

  written(record: ImageRecord): void {
    const life = this.#lives.get(record.name);
    if (life) this.#generationNeverFalls(life.record, record);
    if (life) this.#attemptsNeverFall(life.record, record);
    this.#committedOnce(life, record);
    this.#correctionStands(life, record);
    this.#lives.set(record.name, this.#next(life, record));
    this.#settleDebts(record.name);
  }

  /** Rules 7 and 8: what defers an image. An image is billed on the day on which it is queued. */
  deferredWithReason(record: ImageRecord, { brokenAtMs, nowMs, atWork }: Circumstances): void {
    const day = Math.floor(nowMs / DAY_MS);
    if (record.status === 'queued') this.#billed.set(`${day} ${record.name}`, day);
    if (record.reason === 'circuit-open' && nowMs - brokenAtMs > HOUR_MS) {
      this.#broken(7, `${record.name} was deferred by the circuit of a model that works`);
    }
    const billed = [...this.#billed.values()].filter((each) => each === day).length;
    if (record.reason === 'over-budget' && billed + atWork < DAILY_LIMIT) {
      this.#broken(
        8,
        `${record.name} was over a budget of ${DAILY_LIMIT} images after ${billed} and ${atWork}`,
      );
    }
  }

  #next(life: Life | undefined, record: ImageRecord): Life {
    const isCommit = isCommitOf(life?.record, record);
    const { generation, model } = record;
    return {
      record,
      mayCommit: record.status === 'queued',
      lastCommit: isCommit ? { generation, model } : life?.lastCommit,
      correction: life ? life.correction : record.correction,
    };
  }

  #generationNeverFalls(before: ImageRecord, after: ImageRecord): void {
    if (compareGenerations(after.generation, before.generation) < 0) {
      this.#broken(1, `${after.name} fell from generation ${before.generation} to ${after.generation}`);
    }
  }

  /** A requeue keeps them, so that an image that kills workers is parked at last. Labels begin them anew. */
  #attemptsNeverFall(before: ImageRecord, after: ImageRecord): void {
    const isSameImage = after.generation === before.generation;
    const isLabelled = before.status === 'done' || before.status === 'review';
    if (isSameImage && !isLabelled && after.attempts < before.attempts) {
      this.#broken(6, `the attempts of ${after.name} fell from ${before.attempts} to ${after.attempts}`);
    }
  }

  #committedOnce(life: Life | undefined, record: ImageRecord): void {
    if (!isCommitOf(life?.record, record)) return;
    const what = `${record.name}@${record.generation} by model ${record.model?.version}`;
    if (record.category !== categoryOf(record.model?.version ?? 'none'))
      this.#broken(2, `${what} has the category ${record.category}`);
    if (!life?.mayCommit) this.#broken(2, `${what} committed though not in the queue`);
    const { generation, model } = life?.lastCommit ?? {};
    if (generation === record.generation && isDeepStrictEqual(model, record.model)) {
      this.#broken(2, `${what} committed twice`);
    }
  }

  #correctionStands(life: Life | undefined, record: ImageRecord): void {
    const expected = life ? life.correction : null;
    if (!isDeepStrictEqual(record.correction, expected))
      this.#broken(5, `correction of ${record.name} was lost`);
    const isAsked = record.status === 'review' || record.status === 'failed';
    if (isAsked && record.correction?.generation === record.generation) {
      this.#broken(5, `${record.name} is ${record.status} although a person said what it is`);
    }
  }

  #settleDebts(name: string): void {
    const record = this.#lives.get(name)?.record;
    const latest = this.#uploaded.get(name);
    for (const debt of this.#debts) {
      if (debt.name !== name) continue;
      const isVoid = debt.kind !== 'finalized' && latest !== undefined && isOlder(debt.generation, latest);
      if (isVoid || (record && isPaidBy(record, debt))) debt.paid = true;
    }
  }

  #broken(rule: RuleBroken['rule'], what: string): void {
    this.breach ??= new RuleBroken(rule, what);
  }
}

/** The clock moves with every step, so a new stamp is a new commit. */
function isCommitOf(before: ImageRecord | undefined, after: ImageRecord): boolean {
  return after.labeledAt !== null && after.labeledAt !== before?.labeledAt;
}

function isOlder(one: Generation, other: Generation): boolean {
  return compareGenerations(one, other) < 0;
}

function isPaidBy(record: ImageRecord, debt: Debt): boolean {
  const age = compareGenerations(debt.generation, record.generation);
  if (age !== 0) return age < 0;
  return debt.kind === 'deleted' ? record.status === 'deleted' : record.status !== 'queued';
}
