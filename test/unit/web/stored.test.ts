import { isAlert, isReport, sweepOf } from '@hangtag/web/stored.js';
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

  it('is an alert with its text and time', () => {
    const alert = { condition: 'drift', severity: 'warning', text: 'changed', phase: 'firing', since: 1 };

    expect(isAlert(alert)).to.equal(true);
    for (const change of [{ text: {} }, { since: 'today' }, { phase: undefined }])
      expect(isAlert({ ...alert, ...change })).to.equal(false);
  });
});
