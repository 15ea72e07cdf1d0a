import { NO_APPEARANCE } from '@hangtag/shared/domain/record.js';
import {
  onAnnotated,
  onAttempt,
  onDeleted,
  onFinalized,
  onMoved,
  onOverdue,
  onReplayed,
  onRequeued,
  onSettled,
  outstandingOf,
  standingOf,
} from '@hangtag/shared/domain/transitions.js';
import { expect } from 'chai';
import {
  aCorrection,
  aLabelledRecord,
  aNewRecord,
  anArrival,
  aRecord,
  generation,
  labelled,
  MODEL,
  NEXT_MODEL,
  TIMINGS,
  VERDICT,
} from '../../fixtures/records.js';

const FIVE = generation(5);
const nothing = (because: string) => ({ kind: 'void', because });
const UNLABELLED = {
  category: null,
  confidence: null,
  labels: [],
  tier: null,
  damaged: false,
  typicality: null,
  thumbnail: false,
  model: null,
  shadow: null,
  embedding: null,
  timings: null,
  labeledAt: null,
  ...NO_APPEARANCE,
};

describe('A result of the same model', () => {
  const red = { name: 'vivid red', share: 1, lightness: 0.5, chroma: 0.2, hue: 29 };
  const before = { palette: [red], colours: ['red'], vector: [1], backbone: 'b1' } as const;

  it('adds what the tenant has since then, and removes nothing', () => {
    const current = aLabelledRecord({ status: 'queued', ...before });
    const appearance = { ...NO_APPEARANCE, vector: [0.5], backbone: 'b2' };

    const decision = onSettled(current, FIVE, labelled({ appearance }));

    const { status, reason, tier } = VERDICT;
    const set = { status, reason, tier, vector: [0.5], backbone: 'b2' };
    expect(decision).to.deep.equal({ kind: 'update', change: { set } });
  });
});

describe('A finalized generation', () => {
  it('creates a queued record without labels', () => {
    expect(onFinalized(undefined, anArrival())).to.deep.equal({ kind: 'create', record: aNewRecord() });
  });

  it('can be settled without reading the record: what `onFinalized` created is known', () => {
    const outstanding = outstandingOf(anArrival());
    expect(aNewRecord()).to.deep.include(outstanding);
    expect(onSettled(outstanding, FIVE, labelled())).to.deep.equal(onSettled(aRecord(), FIVE, labelled()));
  });

  const REFUSALS = [
    { status: 'failed', reason: 'empty' },
    { status: 'failed', reason: 'too-many-bytes' },
    { status: 'skipped', reason: 'skip-requested' },
  ] as const;
  for (const refusal of REFUSALS) {
    it(`creates a settled record that was never queued if it is not admitted: ${refusal.reason}`, () => {
      const record = aNewRecord({ ...refusal, queuedAt: null });
      expect(onFinalized(undefined, anArrival(refusal))).to.deep.equal({ kind: 'create', record });
    });
  }

  it('keeps the `queuedAt` of the older generation if it is not admitted, because that was billed', () => {
    const current = aLabelledRecord({ generation: generation(4) });

    const decision = onFinalized(current, anArrival({ status: 'failed', reason: 'empty' }));

    expect(decision).not.to.have.nested.property('change.stamp');
    expect(decision).not.to.have.nested.property('change.set.queuedAt');
  });

  it('has a `queuedAt` if it is deferred, so that the sweep finds it', () => {
    const deferred = { status: 'deferred', reason: 'over-budget' } as const;
    const current = aLabelledRecord({ generation: generation(4) });

    expect(onFinalized(undefined, anArrival(deferred))).not.to.have.nested.property('record.queuedAt');
    expect(onFinalized(current, anArrival(deferred))).to.have.nested.property('change.stamp', 'queuedAt');
  });

  it('replaces an older generation with all its labels, but never a correction', () => {
    const current = aLabelledRecord({ generation: generation(4), correction: aCorrection(), attempts: 3 });

    const decision = onFinalized(current, anArrival({ contentType: 'image/png' }));

    const { correction, ...fresh } = aNewRecord({ contentType: 'image/png' });
    expect(decision).to.deep.equal({ kind: 'update', change: { set: fresh, stamp: 'queuedAt' } });
  });

  it('queues a deleted object again if it is newer', () => {
    const current = aRecord({ generation: generation(4), status: 'deleted', present: false });
    const decision = onFinalized(current, anArrival());
    expect(decision).to.have.nested.include({ 'change.set.present': true, 'change.set.status': 'queued' });
  });

  it('changes nothing if the record is newer', () => {
    expect(onFinalized(aRecord({ generation: generation(6) }), anArrival())).to.deep.equal(
      nothing('older-generation'),
    );
  });

  it('changes nothing if its event was delivered before, and decides whether the message is sent again', () => {
    expect(onFinalized(aRecord(), anArrival())).to.deep.equal(nothing('already-queued'));
    expect(onFinalized(aLabelledRecord(), anArrival())).to.deep.equal(nothing('already-settled'));
    expect(onFinalized(aRecord({ status: 'deleted', present: false }), anArrival())).to.deep.equal(
      nothing('already-settled'),
    );
  });
});

describe('A deleted generation', () => {
  it('creates a deleted record if its event arrives before the event of the upload', () => {
    const record = aNewRecord({ status: 'deleted', reason: null, present: false, queuedAt: null });
    expect(onDeleted(undefined, anArrival())).to.deep.equal({ kind: 'create', record });
  });

  it('was never queued if it was deferred, so it was not billed', () => {
    expect(onDeleted(aRecord({ status: 'deferred', reason: 'over-budget' }), anArrival())).to.deep.equal({
      kind: 'update',
      change: { set: { status: 'deleted', reason: null, present: false, queuedAt: null } },
    });
  });

  it('marks the record, whose labels stay readable', () => {
    for (const current of [aRecord(), aLabelledRecord({ status: 'review', reason: 'low-confidence' })]) {
      expect(onDeleted(current, anArrival())).to.deep.equal({
        kind: 'update',
        change: { set: { status: 'deleted', reason: null, present: false } },
      });
    }
  });

  it('replaces an older generation by its tombstone', () => {
    const { correction, ...fresh } = aNewRecord({ status: 'deleted', present: false });
    const current = aLabelledRecord({ generation: generation(4), correction: aCorrection() });
    expect(onDeleted(current, anArrival())).to.deep.equal({ kind: 'update', change: { set: fresh } });
  });

  it('changes nothing if the record is newer, or deleted already', () => {
    expect(onDeleted(aRecord({ generation: generation(6) }), anArrival())).to.deep.equal(
      nothing('older-generation'),
    );
    expect(onDeleted(aRecord({ status: 'deleted', present: false }), anArrival())).to.deep.equal(
      nothing('already-settled'),
    );
  });
});

describe('A result', () => {
  it('sets the labels of a queued record and stamps when', () => {
    const shadow = { model: NEXT_MODEL, category: 'Heels', confidence: 0.6, inferMs: 4 };
    expect(onSettled(aRecord(), FIVE, labelled({ embedding: [1, 2], shadow }))).to.deep.equal({
      kind: 'update',
      change: {
        set: {
          ...VERDICT,
          model: MODEL,
          shadow,
          embedding: [1, 2],
          timings: TIMINGS,
          thumbnail: false,
          ...NO_APPEARANCE,
        },
        stamp: 'labeledAt',
      },
    });
  });

  it('replaces the labels of another model', () => {
    const current = aLabelledRecord({ status: 'queued' });
    for (const model of [
      NEXT_MODEL,
      { ...MODEL, id: 'x' },
      { ...MODEL, version: 'x' },
      { ...MODEL, sha256: 'x' },
    ]) {
      const decision = onSettled(current, FIVE, labelled({ model }));
      expect(decision).to.deep.nested.include({ 'change.set.model': model });
    }
  });

  it('keeps labels of the same model, and settles the record', () => {
    const current = aLabelledRecord({ status: 'queued' });
    expect(onSettled(current, FIVE, labelled())).to.deep.equal({
      kind: 'update',
      change: { set: { status: 'done', reason: null, tier: 'AUTO_PROCESS' } },
    });
  });

  it('stores why an image was rejected, and removes earlier labels', () => {
    const current = aLabelledRecord({ status: 'queued' });
    expect(onSettled(current, FIVE, { kind: 'rejected', code: 'truncated' })).to.deep.equal({
      kind: 'update',
      change: { set: { ...UNLABELLED, status: 'failed', reason: 'truncated' } },
    });
    expect(onSettled(current, FIVE, { kind: 'parked' })).to.deep.equal({
      kind: 'update',
      change: { set: { ...UNLABELLED, status: 'failed', reason: 'parked' } },
    });
  });

  it('leaves the record to the event of the generation that replaced its own', () => {
    const decision = onSettled(aRecord(), FIVE, { kind: 'overwritten' });

    expect(decision).to.deep.equal({ kind: 'void', because: 'older-generation' });
  });

  it('marks the record if the object is gone', () => {
    const gone = { kind: 'update', change: { set: { status: 'deleted', reason: null, present: false } } };
    expect(onSettled(aRecord(), FIVE, { kind: 'gone' })).to.deep.equal(gone);
    expect(onSettled(aRecord({ correction: aCorrection() }), FIVE, { kind: 'gone' })).to.deep.equal(gone);
  });

  it('defers an image that was not tried', () => {
    expect(onSettled(aRecord(), FIVE, { kind: 'deferred' })).to.deep.equal({
      kind: 'update',
      change: { set: { status: 'deferred', reason: 'circuit-open' } },
    });
  });

  it('settles a corrected image as done, and never writes the correction', () => {
    const current = aRecord({ correction: aCorrection() });
    const verdict = { ...VERDICT, status: 'review', reason: 'low-confidence' } as const;
    for (const result of [
      labelled({ verdict }),
      { kind: 'rejected', code: 'corrupt' },
      { kind: 'parked' },
    ] as const) {
      const decision = onSettled(current, FIVE, result);
      expect(decision).to.have.nested.include({ 'change.set.status': 'done', 'change.set.reason': null });
      expect(decision).not.to.have.nested.property('change.set.correction');
    }
    expect(onSettled(current, FIVE, labelled({ verdict }))).to.have.nested.include({
      'change.stamp': 'labeledAt',
      'change.set.category': 'Handbags',
    });
  });

  it('sends an image to review if the correction is of another generation', () => {
    const current = aRecord({ correction: aCorrection({ generation: generation(4) }) });
    const verdict = { ...VERDICT, status: 'review', reason: 'low-confidence' } as const;
    expect(onSettled(current, FIVE, labelled({ verdict }))).to.have.nested.include({
      'change.set.status': 'review',
      'change.set.reason': 'low-confidence',
    });
  });

  it('changes only a queued record of its own generation', () => {
    expect(onSettled(aLabelledRecord(), FIVE, labelled())).to.deep.equal(nothing('already-settled'));
    expect(onSettled(aRecord({ generation: generation(6) }), FIVE, labelled())).to.deep.equal(
      nothing('older-generation'),
    );
    expect(onSettled(undefined, FIVE, labelled())).to.deep.equal(nothing('erased'));
  });
});

describe('An attempt', () => {
  it('is counted on a queued record', () => {
    expect(onAttempt(aRecord({ attempts: 2 }), FIVE)).to.deep.equal({
      kind: 'update',
      change: { set: { attempts: 3 } },
    });
  });

  it('is not counted if the record is not queued', () => {
    expect(onAttempt(undefined, FIVE)).to.deep.equal(nothing('erased'));
    expect(onAttempt(aLabelledRecord(), FIVE)).to.deep.equal(nothing('already-settled'));
    expect(onAttempt(aRecord({ generation: generation(6) }), FIVE)).to.deep.equal(
      nothing('older-generation'),
    );
  });
});

describe('A requeue', () => {
  const again = (also: object) => ({
    kind: 'update',
    change: { set: { status: 'queued', reason: null, ...also }, stamp: 'queuedAt' },
  });

  it('keeps the attempts of an image that was not labelled: it may have ended workers', () => {
    for (const [status, reason] of [
      ['deferred', 'circuit-open'],
      ['deferred', 'over-budget'],
      ['failed', 'parked'],
    ] as const)
      expect(onRequeued(aRecord({ status, reason, attempts: 2 }), FIVE), reason).to.deep.equal(again({}));
  });

  it('resets the attempts after labels, which stay visible', () => {
    for (const status of ['done', 'review'] as const)
      expect(onRequeued(aLabelledRecord({ status, attempts: 2 }), FIVE)).to.deep.equal(
        again({ attempts: 0 }),
      );
  });

  it('by a person resets the attempts', () => {
    const parked = aRecord({ status: 'failed', reason: 'parked', attempts: 5 });
    expect(onReplayed(parked, FIVE)).to.deep.equal(again({ attempts: 0 }));
  });

  it('changes nothing if the image is queued, replaced, deleted or erased', () => {
    for (const requeue of [onRequeued, onReplayed]) {
      expect(requeue(undefined, FIVE)).to.deep.equal(nothing('erased'));
      expect(requeue(aRecord(), FIVE)).to.deep.equal(nothing('already-queued'));
      expect(requeue(aLabelledRecord({ generation: generation(6) }), FIVE)).to.deep.equal(
        nothing('older-generation'),
      );
      expect(requeue(aRecord({ status: 'deleted', present: false }), FIVE)).to.deep.equal(
        nothing('already-settled'),
      );
    }
  });
});

describe('An owner that is set after the upload', () => {
  const said = (facts: object = {}) => anArrival({ owner: 'jane', ref: 'R-1', ...facts });

  it('is recorded together with the reference', () => {
    expect(onAnnotated(aLabelledRecord(), said())).to.deep.equal({
      kind: 'update',
      change: { set: { owner: 'jane', ref: 'R-1' } },
    });
    expect(onAnnotated(aRecord({ owner: 'jane' }), said()).kind).to.equal('update');
    expect(onAnnotated(aRecord({ ref: 'R-1' }), said()).kind).to.equal('update');
  });

  it('is not recorded twice, nor for another generation, nor for an object that is gone', () => {
    expect(onAnnotated(aRecord({ owner: 'jane', ref: 'R-1' }), said())).to.deep.equal(nothing('unchanged'));
    expect(onAnnotated(aRecord({ generation: generation(6) }), said())).to.deep.equal(
      nothing('older-generation'),
    );
    expect(onAnnotated(aRecord({ generation: generation(4) }), said())).to.deep.equal(
      nothing('not-recorded'),
    );
    expect(onAnnotated(undefined, said())).to.deep.equal(nothing('not-recorded'));
    expect(onAnnotated(aRecord({ status: 'deleted', present: false }), said())).to.deep.equal(
      nothing('already-settled'),
    );
  });
});

describe('An image whose message is overdue', () => {
  const asked = (queuedBefore: number) => ({ generation: FIVE, queuedBefore });

  it('is queued again, with the time of now', () => {
    expect(onOverdue(aRecord({ queuedAt: 999 }), asked(1000))).to.deep.equal({
      kind: 'update',
      change: { set: { status: 'queued' }, stamp: 'queuedAt' },
    });
  });

  it('is not changed if it was queued later, or is not queued', () => {
    expect(onOverdue(aRecord({ queuedAt: 1000 }), asked(1000))).to.deep.equal(nothing('not-overdue'));
    expect(onOverdue(aLabelledRecord({ queuedAt: 1 }), asked(1000))).to.deep.equal(
      nothing('already-settled'),
    );
    expect(onOverdue(aRecord({ generation: generation(6), queuedAt: 1 }), asked(1000))).to.deep.equal(
      nothing('older-generation'),
    );
    expect(onOverdue(undefined, asked(1000))).to.deep.equal(nothing('erased'));
  });
});

describe('An object that leaves its name', () => {
  it('is no longer expected there, and its record stays settled', () => {
    expect(onMoved(aLabelledRecord(), FIVE)).to.deep.equal({
      kind: 'update',
      change: { set: { present: false } },
    });
  });

  it('stays expected if it is queued, and is not changed if it is gone or was replaced', () => {
    expect(onMoved(aRecord(), FIVE)).to.deep.equal(nothing('already-queued'));
    expect(onMoved(aLabelledRecord({ present: false }), FIVE)).to.deep.equal(nothing('already-settled'));
    expect(onMoved(aLabelledRecord({ generation: generation(6) }), FIVE)).to.deep.equal(
      nothing('older-generation'),
    );
    expect(onMoved(undefined, FIVE)).to.deep.equal(nothing('erased'));
  });
});

describe('The state of a generation', () => {
  it('is in the queue, settled, or nowhere in this record', () => {
    const [queued, settled] = [aRecord(), aLabelledRecord()];
    expect(standingOf(queued, FIVE)).to.deep.equal({ kind: 'queued', record: queued });
    expect(standingOf(settled, FIVE)).to.deep.equal({ kind: 'settled', record: settled });
    expect(standingOf(undefined, FIVE)).to.deep.equal(nothing('erased'));
    expect(standingOf(queued, generation(4))).to.deep.equal(nothing('older-generation'));
  });
});

describe('A generation newer than the record', () => {
  const early = () => aRecord({ generation: generation(4) });
  const complaint = 'Expected a record at generation 5 or newer but found 4';

  it('is a bug of the caller, because the record is written first', () => {
    expect(() => standingOf(early(), FIVE)).to.throw(RangeError, complaint);
    expect(() => onSettled(early(), FIVE, labelled())).to.throw(RangeError, complaint);
    expect(() => onAttempt(early(), FIVE)).to.throw(RangeError, complaint);
    expect(() => onRequeued(early(), FIVE)).to.throw(RangeError, complaint);
  });
});
