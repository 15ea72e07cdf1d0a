/** Figures of a report that are computed from several days, or from corrections. */

import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { addDays } from '@hangtag/shared/domain/report/day-window.js';
import { drift } from '@hangtag/shared/domain/report/drift.js';
import { DurationCounter, summarize } from '@hangtag/shared/domain/report/duration-histogram.js';
import { slowRun } from '@hangtag/shared/domain/report/findings.js';
import { mergeReviewed, precisionOf } from '@hangtag/shared/domain/report/precision.js';
import { reconcile } from '@hangtag/shared/domain/report/reconciliation.js';
import { composeReport, historyDays, type ReportInput } from '@hangtag/shared/domain/report/report.js';
import { ReviewPicks } from '@hangtag/shared/domain/report/review-picks.js';
import { zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import { driftOf, weekOf } from '@hangtag/shared/domain/report/trailing-week.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { expect } from 'chai';
import { aRow, DAY, rowsOf, summaryOf, UTC, WINDOW } from '../../fixtures/day-rows.js';
import { aCorrection } from '../../fixtures/records.js';

const NONE = { queued: 0, done: 0, review: 0, failed: 0, skipped: 0, deferred: 0, deleted: 0, moved: 0 };

function input(changes: Partial<ReportInput> = {}): ReportInput {
  const summary = changes.summary ?? summaryOf([]);
  const reconciliation = reconcile({ objects: 0, counted: NONE, rows: NONE });
  const settings = {
    thresholds: { autoProcessAt: 0.85, quickReviewAt: 0.7 },
    retention: { images: 30, records: 90 },
  };
  return {
    tenant: DEFAULT_TENANT,
    window: WINDOW,
    summary,
    history: new Map(),
    reconciliation,
    settings,
    ...changes,
  };
}

function mixOf(first: number): ReadonlyMap<string, number> {
  return new Map([
    ['x', first],
    ['y', 1_000 - first],
  ]);
}

const textOf = (changes: Partial<ReportInput>) =>
  composeReport(input(changes)).findings.map(({ text }) => text);

describe('the drift of a day', () => {
  const dayBefore = () =>
    summaryOf([
      ...rowsOf(150, { category: 'Heels', confidence: 0.9 }),
      ...rowsOf(50, { category: 'Tops', confidence: 0.62 }),
    ]);
  const today = () =>
    summaryOf([
      ...rowsOf(60, { category: 'Heels', confidence: 0.9 }),
      ...rowsOf(60, { category: 'Tops', confidence: 0.66 }),
      ...rowsOf(80, { category: 'Bags', confidence: 0.3 }),
    ]);

  it('names the category whose share changed most, up or down', () => {
    expect(driftOf(today(), [dayBefore()]).largestShift).to.deep.equal({
      category: 'Heels',
      today: 0.3,
      before: 0.75,
    });
    expect(driftOf(dayBefore(), [today()]).largestShift).to.deep.equal({
      category: 'Heels',
      today: 0.75,
      before: 0.3,
    });
    const bags = summaryOf(rowsOf(100, { category: 'Bags' }));
    expect(driftOf(bags, [dayBefore()]).largestShift).to.deep.equal({
      category: 'Bags',
      today: 1,
      before: 0,
    });
  });

  it('does not name the largest category if another one changed more', () => {
    const mix = ([heels, tops, bags, shoes]: readonly [number, number, number, number]) =>
      summaryOf([
        ...rowsOf(heels, { category: 'Heels' }),
        ...rowsOf(tops, { category: 'Tops' }),
        ...rowsOf(bags, { category: 'Bags' }),
        ...rowsOf(shoes, { category: 'Shoes' }),
      ]);

    expect(driftOf(mix([55, 15, 15, 15]), [mix([50, 30, 10, 10])]).largestShift).to.deep.equal({
      category: 'Tops',
      today: 0.15,
      before: 0.3,
    });
  });

  it('names the first in alphabetical order of those that changed equally', () => {
    const [heels, tops] = ['Heels', 'Tops'].map((category) => summaryOf(rowsOf(10, { category })));
    expect(heels && tops && driftOf(heels, [tops]).largestShift?.category).to.equal('Heels');
    expect(heels && tops && driftOf(tops, [heels]).largestShift?.category).to.equal('Heels');
  });

  it('names none if one side has no labels', () => {
    expect(driftOf(today(), []).largestShift).to.equal(null);
    expect(driftOf(summaryOf([]), [dayBefore()]).largestShift).to.equal(null);
  });

  it('adds up the days before', () => {
    const [one, two] = [rowsOf(60, { category: 'Heels' }), rowsOf(60, { category: 'Heels' })].map((rows) =>
      summaryOf(rows),
    );
    const both = one && two ? driftOf(today(), [one, two]) : undefined;

    expect(both?.categories.level).to.equal('major');
    expect(both?.largestShift).to.include({ before: 1 });
  });

  it('compares confidences in steps of a tenth, so that a change within one step does not count', () => {
    const [low, high] = [0.61, 0.66].map((confidence) => summaryOf(rowsOf(200, { confidence })));
    const moved = summaryOf(rowsOf(200, { confidence: 0.71 }));

    expect(low && high && driftOf(low, [high]).confidence).to.deep.equal({ psi: 0, level: 'stable' });
    expect(low && driftOf(moved, [low]).confidence.level).to.equal('major');
  });

  it('contains the mean confidence of the day and of the days before', () => {
    expect(driftOf(today(), [dayBefore()]).meanConfidence).to.deep.equal({ today: 0.588, before: 0.83 });
    expect(driftOf(today(), []).meanConfidence).to.deep.equal({ today: 0.588, before: null });
  });

  it('is moderate from 0.1 and major from 0.25, exactly', () => {
    // A thousand images on each side, with this number in one of two categories: the index is rounded to the
    // limit.
    const of = (a: number, b: number) => drift(mixOf(a), mixOf(b));

    expect(of(55, 147)).to.deep.equal({ psi: 0.0999, level: 'stable' });
    expect(of(30, 105)).to.deep.equal({ psi: 0.1, level: 'moderate' });
    expect(of(25, 153)).to.deep.equal({ psi: 0.2499, level: 'moderate' });
    expect(of(17, 132)).to.deep.equal({ psi: 0.25, level: 'major' });
  });

  it('has a text about the mix, the confidences, or both', () => {
    const history = (rows: ReturnType<typeof rowsOf>) => new Map([[addDays(DAY, -1), summaryOf(rows)]]);
    const heels = rowsOf(200, { category: 'Heels', confidence: 0.9 });
    const summary = summaryOf(heels);

    const mix = textOf({ summary, history: history(rowsOf(200, { category: 'Tops', confidence: 0.9 })) });
    const sure = textOf({ summary, history: history(rowsOf(200, { category: 'Heels', confidence: 0.3 })) });
    const both = textOf({ summary, history: history(rowsOf(200, { category: 'Tops', confidence: 0.3 })) });

    expect(mix.join()).to.match(
      /^Against the seven days before, the mix of categories \(PSI [\d.]+\) moved more than chance explains\.$/,
    );
    expect(sure.join()).to.match(/^Against the seven days before, the confidences \(PSI [\d.]+\) moved more/);
    expect(both.join()).to.match(
      /the mix of categories \(PSI [\d.]+\) and the confidences \(PSI [\d.]+\) moved/,
    );
    expect(textOf({ summary, history: history(heels) })).to.deep.equal([]);
  });
});

describe('the texts of findings', () => {
  it('contain the figures', () => {
    const failed = { status: 'failed', reason: 'corrupt', category: null, confidence: null } as const;
    const doubtful = { status: 'review', tier: 'MANUAL_REVIEW', confidence: 0.4 } as const;
    const reconciliation = reconcile({
      objects: 4,
      counted: { ...NONE, done: 3 },
      rows: { ...NONE, done: 2 },
    });

    expect(textOf({ summary: summaryOf([...rowsOf(8), ...rowsOf(2, failed)]) })).to.deep.equal([
      '2 of 10 processed images failed, more than 10 %.',
    ]);
    expect(textOf({ summary: summaryOf(rowsOf(51, doubtful)) })).to.deep.equal([
      '51 images have a confidence too low for a quick look, more than 50.',
    ]);
    expect(textOf({ reconciliation })).to.deep.equal([
      'The day does not add up: 4 objects in the bucket, 3 records, 2 rows in the files.',
    ]);
  });

  it('have their figures as values too, for other languages', () => {
    const failed = { status: 'failed', reason: 'corrupt', category: null, confidence: null } as const;
    const failures = summaryOf([...rowsOf(8), ...rowsOf(2, failed)]);
    const heels = summaryOf(rowsOf(200, { category: 'Heels', confidence: 0.9 }));
    const tops = summaryOf(rowsOf(200, { category: 'Tops', confidence: 0.3 }));
    const findings = [
      input({ summary: failures, settings: { ...input().settings, dailyBudgetUsd: 0 } }),
      input({ summary: heels, history: new Map([[addDays(DAY, -1), tops]]) }),
    ].flatMap((each) => composeReport(each).findings);

    expect(findings.map(({ values }) => Object.keys(values))).to.deep.equal([
      ['failed', 'processed'],
      ['costUsd', 'budgetUsd'],
      ['categoriesPsi', 'confidencesPsi'],
    ]);
    for (const { text, values } of findings)
      for (const value of Object.values(values)) expect(text).to.include(String(value));
  });

  it('mention a budget only if it is exceeded', () => {
    const summary = summaryOf(rowsOf(1_000));
    const { totalUsd } = composeReport(input({ summary })).cost;
    const texts = (dailyBudgetUsd: number) =>
      textOf({ summary, settings: { ...input().settings, dailyBudgetUsd } });

    expect(texts(totalUsd)).to.deep.equal([]);
    expect(texts(totalUsd / 2)).to.deep.equal([
      `The day is estimated to have cost ${totalUsd} USD, more than its budget of ${totalUsd / 2} USD.`,
    ]);
  });
});

describe('a run that took long', () => {
  const MINUTE_MS = 60_000;

  it('is reported only above a quarter of an hour, in minutes', () => {
    expect(slowRun('slow-report', 15 * MINUTE_MS)).to.equal(undefined);
    expect(slowRun('slow-report', 20.6 * MINUTE_MS)).to.deep.equal({
      condition: 'slow-report',
      severity: 'warning',
      text: 'The report took 21 minutes, more than 15.',
      values: { minutes: 21, most: 15 },
    });
    expect(slowRun('slow-sweep', 16 * MINUTE_MS)?.text).to.equal('The sweep took 16 minutes, more than 15.');
  });
});

describe('the zone of a report', () => {
  it('is that of the tenant if it has one, otherwise that of the installation', () => {
    const zones = {
      timeZone: UTC,
      tenantTimeZones: new Map([[DEFAULT_TENANT, parseTimeZone('Europe/Berlin')]]),
    };

    expect(zoneOf(zones, DEFAULT_TENANT)).to.equal('Europe/Berlin');
    expect(zoneOf({ ...zones, tenantTimeZones: new Map() }, DEFAULT_TENANT)).to.equal('UTC');
    expect(zoneOf({ timeZone: UTC }, DEFAULT_TENANT)).to.equal('UTC');
  });
});

describe('the days of a report', () => {
  const corrected = [
    aRow({ correction: aCorrection() }),
    aRow({ correction: aCorrection({ category: 'Handbags' }) }),
  ];

  it('go back thirteen days, like the corrections', () => {
    const day = summaryOf([], corrected);
    const history = new Map([-1, -13, -14].map((offset) => [addDays(DAY, offset), day] as const));

    const { corrections, trend } = composeReport(input({ summary: day, history }));

    expect(historyDays(DAY)).to.have.length(13);
    expect(historyDays(DAY)[0]).to.equal(addDays(DAY, -13));
    expect(trend.map(({ day: each }) => each))
      .to.include(addDays(DAY, -13))
      .and.to.have.length(14);
    expect(corrections).to.include({ today: 2, trailing: 6 });
    expect(corrections.precision).to.deep.equal([
      { category: 'Handbags', reviewed: 6, right: 3, precision: 0.5, suggestedThreshold: null },
    ]);
  });

  it('cost reads: each row, each correction, the counts and the days before', () => {
    const summary = summaryOf(rowsOf(5), corrected);
    const counted = { ...NONE, done: 2_500, moved: 1_200 };
    const reconciliation = reconcile({ objects: 2_500, counted, rows: counted });

    // Eight counts, one of 2,500 entries and one of 1,200; fourteen days.
    expect(composeReport(input({ summary, reconciliation })).firestoreReads).to.equal(
      5 + 2 + (3 + 2 + 6) + 14,
    );
  });

  it('contain their instants, categories, times and counts', () => {
    const timings = { queuedMs: 500, downloadMs: 20, decodeMs: 8, inferMs: 5, totalMs: 900 };
    const summary = summaryOf([
      ...rowsOf(2, { category: 'Heels', confidence: 0.9, timings }),
      aRow({ status: 'review', category: 'Tops', confidence: 0.5, timings: null }),
      aRow({ status: 'failed', reason: 'corrupt', category: null, confidence: null }),
    ]);

    const { schema, window, categories, durations, trend } = composeReport(input({ summary }));

    expect(schema, 'as docs/report.schema.json has it').to.equal('hangtag.report/1');
    expect(window).to.deep.equal({ from: '2026-01-02T00:00:00.000Z', to: '2026-01-03T00:00:00.000Z' });
    expect(categories).to.deep.equal([
      { category: 'Heels', count: 2, share: 0.6667, automatic: 2, meanConfidence: 0.9 },
      { category: 'Tops', count: 1, share: 0.3333, automatic: 0, meanConfidence: 0.5 },
    ]);
    const slowest = [durations.queued, durations.processing, durations.total].map(({ maxMs }) => maxMs);
    expect(slowest).to.deep.equal([500, 33, 900]);
    expect(trend.at(-1)).to.deep.equal({ day: DAY, counts: { done: 2, review: 1, failed: 1, received: 4 } });
    expect(trend.at(-2)).to.deep.equal({ day: addDays(DAY, -1), counts: null });
  });

  it('contain the hours that were counted', () => {
    const { hours } = composeReport(input({ summary: summaryOf(rowsOf(3)) }));

    expect(hours.map(({ count }) => count)).to.deep.equal([0, 3, ...new Array(22).fill(0)]);
  });

  it('of a week have no change without earlier days', () => {
    const { lines } = weekOf(DAY, new Map([[DAY, summaryOf(rowsOf(3))]]));

    expect(lines.map(({ what, count, before, change }) => [what, count, before, change])).to.deep.equal([
      ['received', 3, 0, null],
      ['done', 3, 0, null],
      ['review', 0, 0, null],
      ['failed', 0, 0, null],
    ]);
  });
});

describe('the reconciliation', () => {
  it('counts objects that the bucket still has, without moved images', () => {
    const counted = { ...NONE, done: 2, deferred: 3, moved: 1 };
    expect(reconcile({ objects: 4, counted, rows: counted })).to.include({ records: 4, balanced: true });
  });
});

describe('the precision of a category', () => {
  it('is the share of images without a correction', () => {
    const line = precisionOf({
      category: 'Heels',
      steps: [
        [60, 1, 1],
        [90, 5, 0],
      ],
    });

    expect(line).to.deep.equal({
      category: 'Heels',
      reviewed: 7,
      right: 6,
      precision: 0.8571,
      suggestedThreshold: null,
    });
    expect(precisionOf({ category: 'Heels', steps: [] }).precision).to.equal(0);
  });

  it('suggests a threshold from twenty images on, of which 99 in 100 were right', () => {
    const suggested = (...steps: [number, number, number][]) =>
      precisionOf({ category: 'Heels', steps }).suggestedThreshold;

    expect(suggested([80, 20, 0])).to.equal(0.8);
    expect(suggested([80, 19, 0])).to.equal(null);
    expect(suggested([80, 99, 1])).to.equal(0.8);
    expect(suggested([80, 98, 1])).to.equal(null);
  });

  it('adds up over days, by name', () => {
    const days = [
      [{ category: 'Tops', steps: [[50, 1, 0]] as const }],
      [
        {
          category: 'Heels',
          steps: [
            [70, 1, 2],
            [60, 0, 1],
          ] as const,
        },
        { category: 'Tops', steps: [[50, 2, 3]] as const },
      ],
    ];
    expect(mergeReviewed(days)).to.deep.equal([
      {
        category: 'Heels',
        steps: [
          [60, 0, 1],
          [70, 1, 2],
        ],
      },
      { category: 'Tops', steps: [[50, 3, 3]] },
    ]);
  });
});

describe('a counter of durations', () => {
  it('puts durations up to a millisecond into the first bucket, which counts as one', () => {
    const counter = new DurationCounter();
    for (const ms of [0, 0.5, 1, 1, 100]) counter.add(ms);

    const { buckets } = counter.histogram();

    expect(buckets[0]).to.deep.equal([0, 4]);
    expect(buckets).to.have.length(2);
    expect(summarize(counter.histogram()).p50Ms).to.equal(1);
  });
});

describe('a bounded pick', () => {
  it('is limited in size, and keeps the first by name among equals', () => {
    const picks = new ReviewPicks(2);
    for (const name of ['c', 'b', 'd', 'a']) picks.add(aRow({ name, status: 'review', confidence: 0.5 }));

    expect(picks.rows().map(({ name }) => name)).to.deep.equal(['a', 'b']);
  });
});
