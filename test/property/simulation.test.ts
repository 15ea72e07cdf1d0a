/**
 * The eight rules of the record hold in every order of events that can be drawn. `npm run test:simulation` plays 20,000 schedules,
 * `SCHEDULES=2000000` runs for a night, `SEED=...` repeats a run, `SHOW=1` prints the shortest schedule that breaks a rule in
 * each control test.
 */
import type { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { Spending } from '@hangtag/shared/ports/spending.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { generation } from '../fixtures/records.js';
import type { Sabotage } from './simulation/installation.js';
import { RuleBroken } from './simulation/rules.js';
import { play, schedules } from './simulation/schedule.js';
import { playInThreads, type SchedulesPool } from './simulation/schedules-pool.js';

const SCHEDULES = Number(process.env['SCHEDULES'] ?? 1_000);
/** Ends a run that hangs; on two busy cores, a schedule takes less than 10 ms. */
const LIMIT_MS = 300_000 + 50 * SCHEDULES;
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Finds every fault of the controls within 250 schedules; a seed that is drawn anew may need 10,000. */
const CONTROL_SEED = Number(process.env['SEED'] ?? 75);

describe('The record', () => {
  let pool: SchedulesPool | undefined;
  after(() => pool?.stop());

  it(`keeps its eight rules in ${SCHEDULES} schedules`, async function () {
    this.timeout(LIMIT_MS);
    pool = playInThreads(SCHEDULES, seed);

    await pool.played;
  });

  /** A store with one method replaced. */
  const replaced = (records: RecordStore, methods: Partial<RecordStore>): RecordStore =>
    new Proxy(records, {
      get(target, property) {
        const member: unknown = Reflect.get({ ...methods }, property) ?? Reflect.get(target, property);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });

  const blind = (records: RecordStore) =>
    replaced(records, {
      async update(key, change) {
        const latest = await records.get(key);
        return latest !== undefined && records.update(key, change, latest.version);
      },
    });

  const forgetful = (records: RecordStore) =>
    replaced(records, {
      update: (key, change, version) => {
        const isRequeue = change.stamp === 'queuedAt' && change.set.reason === null;
        const set = isRequeue ? { ...change.set, attempts: 0 } : change.set;
        return records.update(key, { ...change, set }, version);
      },
    });

  /** Counts every record that was written today, refused ones too. */
  const countingEverything = (records: MemoryRecordStore): Spending => ({
    imagesSince: async (sinceMs) =>
      [...records.entries()].filter(({ record }) => record.updatedAt >= sinceMs).length,
  });

  const controls: Record<string, { readonly rule: RuleBroken['rule']; readonly sabotage: Sabotage }> = {
    'the generation fence is removed': {
      rule: 1,
      sabotage: {
        ingestRecords: (records) =>
          replaced(records, {
            async get(key) {
              const known = await records.get(key);
              return known && { ...known, record: { ...known.record, generation: generation(0) } };
            },
          }),
      },
    },
    'compare-and-set is a blind write': { rule: 2, sabotage: { classifyRecords: blind } },
    'a record names another model than the one that labelled it': {
      rule: 2,
      sabotage: { namesActiveModel: true },
    },
    'a delivery is acknowledged before its effect': { rule: 3, sabotage: { acknowledge: 'first' } },
    'no sweep repairs what a lost event leaves': { rule: 4, sabotage: { sweep: async () => undefined } },
    'labels remove corrections': {
      rule: 5,
      sabotage: {
        classifyRecords: (records) =>
          replaced(records, {
            update: (key, change, version) =>
              records.update(key, { ...change, set: { ...change.set, correction: null } }, version),
          }),
      },
    },
    'a requeue forgets how many workers an image has killed': {
      rule: 6,
      sabotage: { sweepRecords: forgetful },
    },
    'an image is parked at its first late delivery': { rule: 6, sabotage: { maxAttempts: 1 } },
    'an image that crashes its worker opens the circuit for everybody': {
      rule: 7,
      sabotage: { checkModel: () => Promise.reject(new Error('An image failed')) },
    },
    'refused uploads use up the budget': { rule: 8, sabotage: { spending: countingEverything } },
  };
  for (const [what, { rule, sabotage }] of Object.entries(controls)) {
    it(`would be seen to break rule ${rule} if ${what}`, async function () {
      this.timeout(LIMIT_MS);
      const onlyThisRule = (error: unknown) => {
        if (error instanceof RuleBroken && error.rule === rule) throw error;
      };

      const details = await fc.check(
        fc.asyncProperty(schedules, (schedule) => play(schedule, sabotage).catch(onlyThisRule)),
        { numRuns: 20_000, endOnFailure: !process.env['SHOW'], seed: CONTROL_SEED },
      );

      expect(details.failed).to.equal(true);
      if (process.env['SHOW']) console.log(details.numRuns, details.numShrinks, details.errorInstance);
    });
  }
});
