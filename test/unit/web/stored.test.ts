import { queuedRun } from '@hangtag/shared/domain/learning-run.js';
import { isAlert, isReport, runOf, sweepOf } from '@hangtag/web/stored.js';
import { expect } from 'chai';
import { madeUpReport } from '../../fixtures/made-up-report.js';

const { report } = madeUpReport(Date.parse('2026-11-20T12:00:00Z'));

describe('What the page shows of documents of the functions', () => {
  it('is a report, also if days before it have none', () => {
    expect(isReport(report)).to.equal(true);
    expect(isReport({ ...report, trend: [{ day: '2026-11-19', counts: null }] })).to.equal(true);
  });

  for (const [what, change] of Object.entries({
    'without totals': { totals: undefined },
    'with a count that is a text': { totals: { ...report.totals, done: '900' } },
    'without a week': { week: null },
    'with a line of the week without its count before': {
      week: { ...report.week, lines: [{ what: 'done', count: 1, change: null }] },
    },
    'with an unknown line of the week': {
      week: { ...report.week, lines: [{ what: 'sold', count: 1, before: 1, change: null }] },
    },
    'with a trend that is no list': { trend: {} },
    'with an hour that is null': { hours: [null] },
    'with a category that is an object': { categories: [{ ...report.categories[0], category: {} }] },
    'with findings that are texts': { findings: ['many'] },
  }))
    it(`is no report ${what}`, () => {
      expect(isReport({ ...report, ...change })).to.equal(false);
    });

  it('is no report that is no object', () => {
    for (const value of [undefined, null, 7, 'text', []]) expect(isReport(value)).to.equal(false);
  });

  it('is a sweep with its instants, and none of another form', () => {
    const at = { toMillis: () => 1_000 };
    const sweep = {
      status: 'running',
      pass: 'objects',
      prefix: '',
      expected: null,
      progress: { listed: 1 },
      startedAt: at,
      updatedAt: at,
    };

    expect(sweepOf(sweep)).to.deep.equal({ ...sweep, startedAt: 1_000, updatedAt: 1_000 });
    for (const change of [
      { status: 'lost' },
      { progress: null },
      { progress: { listed: 'x' } },
      { startedAt: null },
      { expected: '9' },
    ])
      expect(sweepOf({ ...sweep, ...change })).to.equal(undefined);
  });

  const at = { toMillis: () => 1_000 };
  const run = {
    ...queuedRun('run-1', { by: 'anna', min: 20, share: 0.1, trusted: [] }, 1_000),
    ...{ state: 'done', step: 'store', notes: ['11 judged images'], model: { id: 'shop', version: '2' } },
    figures: {
      ...{ n: 11, accuracy: 0.9, accuracyBefore: null },
      classes: [{ label: 'red', n: 11, precision: null, recall: 1, recallBefore: 0.5 }],
    },
  };
  const stored = { ...run, queuedAt: at, updatedAt: at };

  it('is a run of learning with its instants', () => {
    expect(runOf(stored)).to.deep.equal(run);
  });

  it('is a run of learning also if its fault is not known', () => {
    expect(runOf({ ...stored, state: 'refused', fault: 'too-dark' })).to.include({ fault: null });
    expect(runOf({ ...stored, state: 'refused', fault: 'too-few' })).to.include({ fault: 'too-few' });
  });

  for (const [what, change] of Object.entries({
    'of an unknown state': { state: 'lost' },
    'of an unknown step': { step: null },
    'without an id': { id: undefined },
    'with a count that is a text': { done: '7' },
    'with notes that are objects': { notes: [{}] },
    'without reviewers': { reviewers: null },
    'with a message that is a number': { message: 7 },
    'with a model without a version': { model: { id: 'shop' } },
    'with figures that are a list': { figures: [] },
    'with a class without a label': { figures: { ...run.figures, classes: [{ n: 1 }] } },
    'with a class that is null': { figures: { ...run.figures, classes: [null] } },
    'without a time': { updatedAt: null },
  }))
    it(`is no run of learning ${what}`, () => {
      expect(runOf({ ...stored, ...change })).to.equal(undefined);
    });

  it('is no run of learning in an empty document', () => {
    expect(runOf({})).to.equal(undefined);
  });

  it('is an alert with its text and time', () => {
    const alert = { condition: 'drift', severity: 'warning', text: 'changed', phase: 'firing', since: 1 };

    expect(isAlert(alert)).to.equal(true);
    for (const change of [{ text: {} }, { since: 'today' }, { phase: undefined }])
      expect(isAlert({ ...alert, ...change })).to.equal(false);
  });
});
