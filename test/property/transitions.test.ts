/** The rules of the record for single decisions: with any stored record and any input. */
import { compareGenerations, type Generation } from '@hangtag/shared/domain/generation.js';
import { type ImageRecord, REASONS, STATUSES } from '@hangtag/shared/domain/record.js';
import {
  type Arrival,
  type Decision,
  onAttempt,
  onDeleted,
  onFinalized,
  onRequeued,
  onSettled,
  type Result,
} from '@hangtag/shared/domain/transitions.js';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  aCorrection,
  aLabelledRecord,
  anArrival,
  aRecord,
  generation,
  labelled,
  MODEL,
  NEXT_MODEL,
} from '../fixtures/records.js';

const generations = fc.integer({ min: 1, max: 4 }).map(generation);
const records: fc.Arbitrary<ImageRecord> = fc
  .record({
    status: fc.constantFrom(...STATUSES),
    reason: fc.constantFrom(null, ...REASONS),
    generation: generations,
    isLabelled: fc.boolean(),
    corrected: fc.option(generations),
    attempts: fc.nat(5),
  })
  .map(({ isLabelled, corrected, ...facts }) => {
    const correction = corrected && aCorrection({ generation: corrected });
    const whole = { ...facts, correction, present: facts.status !== 'deleted' };
    return isLabelled ? aLabelledRecord(whole) : aRecord(whole);
  });
const arrivals: fc.Arbitrary<Arrival> = fc
  .record({
    generation: generations,
    admission: fc.constantFrom(
      { status: 'queued', reason: null } as const,
      { status: 'skipped', reason: 'folder' } as const,
      { status: 'failed', reason: 'empty' } as const,
    ),
  })
  .map(({ admission, ...facts }) => anArrival({ ...facts, ...admission }));
const results: fc.Arbitrary<Result> = fc.constantFrom<Result[]>(
  labelled(),
  labelled({ model: NEXT_MODEL }),
  { kind: 'rejected', code: 'corrupt' },
  { kind: 'parked' },
  { kind: 'gone' },
);

/** Every decision, on a record of the generation in question or a newer one, as in the pipeline. */
type Ask = (current: ImageRecord | undefined) => Decision;
const known = (current: ImageRecord | undefined, asked: Generation): Generation =>
  current !== undefined && compareGenerations(asked, current.generation) > 0 ? current.generation : asked;
const asks: fc.Arbitrary<Ask> = fc.oneof(
  arrivals.map(
    (arrival): Ask =>
      (current) =>
        onFinalized(current, arrival),
  ),
  arrivals.map(
    (arrival): Ask =>
      (current) =>
        onDeleted(current, arrival),
  ),
  fc.tuple(generations, fc.oneof(results, fc.constant({ kind: 'overwritten' } as const))).map(
    ([asked, result]): Ask =>
      (current) =>
        onSettled(current, known(current, asked), result),
  ),
  generations.map(
    (asked): Ask =>
      (current) =>
        onAttempt(current, known(current, asked)),
  ),
  generations.map(
    (asked): Ask =>
      (current) =>
        onRequeued(current, known(current, asked)),
  ),
);

/** The record after a store has applied a decision. */
function applied(current: ImageRecord | undefined, decision: Decision): ImageRecord | undefined {
  switch (decision.kind) {
    case 'void':
      return current;
    case 'create':
      return { ...decision.record, queuedAt: 0, updatedAt: 0 };
    case 'update':
      return current && { ...current, ...decision.change.set };
  }
}

const each = (holds: (before: ImageRecord, after: ImageRecord, decision: Decision) => void) =>
  fc.assert(
    fc.property(records, asks, (before, ask) => {
      const decision = ask(before);
      const after = applied(before, decision);
      if (after !== undefined) holds(before, after, decision);
    }),
    { numRuns: 2000 },
  );

describe('Every decision about a record', () => {
  it('1: never lowers its generation', () => {
    each((before, after) => {
      expect(compareGenerations(after.generation, before.generation)).to.be.at.least(0);
    });
  });

  it('1: never changes a record for an older generation', () => {
    fc.assert(
      fc.property(records, arrivals, (before, arrival) => {
        fc.pre(compareGenerations(arrival.generation, before.generation) < 0);
        const older = { kind: 'void', because: 'older-generation' };
        expect(onFinalized(before, arrival)).to.deep.equal(older);
        expect(onDeleted(before, arrival)).to.deep.equal(older);
      }),
    );
  });

  it('2: writes labels to a queued record only, which is then settled', () => {
    each((before, after, decision) => {
      if (decision.kind !== 'update' || decision.change.stamp !== 'labeledAt') return;
      expect(before.status).to.equal('queued');
      expect(after.status).to.be.oneOf(['done', 'review']);
    });
  });

  it('2: never writes labels of a model whose labels the record has', () => {
    fc.assert(
      fc.property(records, (before) => {
        const queued = { ...before, status: 'queued', model: MODEL } as const;
        const decision = onSettled(queued, queued.generation, labelled({ model: MODEL }));
        expect(decision).not.to.have.nested.property('change.stamp');
        expect(decision).not.to.have.nested.property('change.set.labels');
      }),
    );
  });

  it('2, 3: changes nothing when it is made again, or only counts', () => {
    fc.assert(
      fc.property(fc.option(records, { nil: undefined }), asks, (before, ask) => {
        const once = applied(before, ask(before));
        const again = ask(once);
        const isCount = again.kind === 'update' && Object.keys(again.change.set).join() === 'attempts';
        expect(again.kind === 'void' || isCount, JSON.stringify(again)).to.equal(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('4: settles a queued record with every result', () => {
    fc.assert(
      fc.property(records, results, (before, result) => {
        const queued = { ...before, status: 'queued' } as const;
        expect(applied(queued, onSettled(queued, queued.generation, result))?.status).not.to.equal('queued');
      }),
    );
  });

  it('5: does not change the correction', () => {
    each((before, after, decision) => {
      expect(after.correction).to.equal(before.correction);
      if (decision.kind === 'update') expect(decision.change.set).not.to.have.property('correction');
    });
  });

  it('5: neither sends a corrected generation to review nor fails it', () => {
    fc.assert(
      fc.property(records, results, (before, result) => {
        const correction = aCorrection({ generation: before.generation });
        const corrected = { ...before, status: 'queued', correction } as const;
        const { status } = applied(corrected, onSettled(corrected, corrected.generation, result)) ?? {};
        expect(status).to.be.oneOf(['done', 'deleted']);
      }),
    );
  });

  it('writes labels, their model and their times together or not at all', () => {
    each((before, after, decision) => {
      const isConsistent = (record: ImageRecord) => record.labels.length > 0 === (record.model !== null);
      fc.pre(isConsistent(before));
      expect(isConsistent(after)).to.equal(true);
      if (after.model === null && decision.kind !== 'void') {
        const bare = { category: null, tier: null, timings: null, embedding: null, labeledAt: null };
        if (before.model !== null) expect(after).to.include(bare);
      }
    });
  });

  it('never marks a deleted record as present, nor the reverse', () => {
    each((before, after) => {
      fc.pre(before.present === (before.status !== 'deleted'));
      expect(after.present).to.equal(after.status !== 'deleted');
    });
  });
});
