import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { DayRow } from '@hangtag/shared/domain/report/day-row.js';
import { meanConfidenceOf, receivedOf } from '@hangtag/shared/domain/report/day-summary.js';
import { addDays, dayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { drift, stabilityIndex } from '@hangtag/shared/domain/report/drift.js';
import { DurationCounter, summarize } from '@hangtag/shared/domain/report/duration-histogram.js';
import { mergeReviewed, precisionOf } from '@hangtag/shared/domain/report/precision.js';
import { reconcile } from '@hangtag/shared/domain/report/reconciliation.js';
import { composeReport, type ReportInput } from '@hangtag/shared/domain/report/report.js';
import { ReviewPicks } from '@hangtag/shared/domain/report/review-picks.js';
import { trialFigures } from '@hangtag/shared/domain/trial.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { aRow, DAY, rowsOf, summaryOf, type UTC, WINDOW } from '../fixtures/day-rows.js';
import { aCorrection, generation } from '../fixtures/records.js';

describe('percentiles of durations', () => {
  it('are within 2.5 % of the exact ones, for any number and length of durations', () => {
    const durations = fc.array(fc.double({ min: 2, max: 1e8, noNaN: true }), {
      minLength: 1,
      maxLength: 400,
    });
    fc.assert(
      fc.property(durations, (all) => {
        const counter = new DurationCounter();
        for (const ms of all) counter.add(ms);
        const sorted = all.toSorted((a, b) => a - b);

        const { count, p50Ms, p90Ms, p99Ms, maxMs } = summarize(counter.histogram());

        expect(count).to.equal(all.length);
        for (const [share, found] of [
          [0.5, p50Ms],
          [0.9, p90Ms],
          [0.99, p99Ms],
          [1, maxMs],
        ] as const) {
          const exact = sorted[Math.ceil(share * all.length) - 1] ?? Number.NaN;
          // Three significant digits add half a hundredth at most.
          expect(found).to.be.within(exact * 0.969, exact * 1.031);
        }
      }),
    );
  });

  it('are unknown without measurements', () => {
    expect(summarize(new DurationCounter().histogram())).to.deep.equal({
      count: 0,
      p50Ms: null,
      p90Ms: null,
      p99Ms: null,
      maxMs: null,
    });
  });

  it('need the same memory for a hundred thousand durations as for a thousand of the same range', () => {
    const counter = new DurationCounter();
    for (let index = 0; index < 100_000; index += 1) counter.add(1 + (index % 60_000));

    expect(counter.histogram().buckets.length).to.be.below(230);
  });
});

describe('drift', () => {
  const counts = (...values: readonly number[]) => new Map(values.map((value, bin) => [String(bin), value]));

  it('is the population stability index', () => {
    // By hand: (0.6 - 0.5) ln(0.6 / 0.5) + (0.4 - 0.5) ln(0.4 / 0.5)
    expect(stabilityIndex(counts(60, 40), counts(50, 50))).to.be.closeTo(0.0405, 0.0001);
  });

  it('is stable below 0.1, major from 0.25, moderate between', () => {
    expect(drift(counts(500, 500), counts(510, 490)).level).to.equal('stable');
    expect(drift(counts(650, 350), counts(480, 520)).level).to.equal('moderate');
    expect(drift(counts(900, 100), counts(500, 500)).level).to.equal('major');
  });

  it('is not rated if either side has fewer than a hundred images', () => {
    expect(drift(counts(99, 0), counts(0, 500))).to.deep.equal({ psi: null, level: 'unknown' });
    expect(drift(counts(100, 0), counts(0, 500)).level).to.equal('major');
  });

  it('is zero for the same mix and never negative', () => {
    const mix = fc.array(fc.nat(1000), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(mix, mix, (a, b) => {
        fc.pre(a.some(Boolean) && b.some(Boolean));
        expect(stabilityIndex(counts(...a), counts(...a))).to.be.closeTo(0, 1e-12);
        expect(stabilityIndex(counts(...a), counts(...b))).to.be.at.least(-1e-12);
      }),
    );
  });
});

describe('precision by corrections and confirmations', () => {
  const reviewed = fc.array(fc.tuple(fc.nat(100), fc.nat(40), fc.nat(3)), { maxLength: 30 });

  it('suggests the lowest confidence from which 99 in 100 were right, like a brute-force search', () => {
    fc.assert(
      fc.property(reviewed, (drawn) => {
        const steps = mergeReviewed([[{ category: 'Heels', steps: drawn }]])[0]?.steps ?? [];
        const holdsFrom = (step: number) => {
          const above = steps.filter(([each]) => each >= step);
          const right = above.reduce((sum, [, r]) => sum + r, 0);
          const all = above.reduce((sum, [, r, w]) => sum + r + w, 0);
          return all >= 20 && right >= 0.99 * all;
        };
        const lowest = steps.map(([step]) => step).find(holdsFrom);

        const { suggestedThreshold } = precisionOf({ category: 'Heels', steps });

        expect(suggestedThreshold).to.equal(lowest === undefined ? null : lowest / 100);
      }),
    );
  });

  it('counts only corrections of the labelled generation', () => {
    const rows = [
      aRow({ category: 'Heels', confidence: 0.91, correction: aCorrection({ category: 'Heels' }) }),
      aRow({ category: 'Heels', confidence: 0.55, correction: aCorrection({ category: 'Tops' }) }),
      aRow({ category: 'Heels', correction: aCorrection({ generation: generation(4) }) }),
    ];

    const { reviewed: found } = summaryOf([], rows);

    expect(found).to.deep.equal([
      {
        category: 'Heels',
        steps: [
          [55, 0, 1],
          [91, 1, 0],
        ],
      },
    ]);
  });
});

describe('the summary of a day', () => {
  it('counts every image once: by status, hour, confidence and category', () => {
    const rows = [
      aRow({ status: 'done', confidence: 0.85, tier: 'AUTO_PROCESS', uploadedAt: WINDOW.fromMs }),
      aRow({ status: 'review', confidence: 0.7, tier: 'QUICK_REVIEW', reason: 'low-confidence' }),
      aRow({ status: 'failed', category: null, confidence: null, reason: 'truncated' }),
      aRow({ status: 'deleted', uploadedAt: WINDOW.toMs - 1 }),
      aRow({ status: 'queued' }),
    ];

    const summary = summaryOf(rows);

    expect(receivedOf(summary)).to.equal(5);
    expect(summary.hours[0]).to.equal(1);
    expect(summary.hours[23]).to.equal(1);
    expect([summary.confidence[17], summary.confidence[14]], 'the edges of the tiers').to.deep.equal([1, 1]);
    expect(summary.confidence.reduce((a, b) => a + b)).to.equal(2);
    expect(meanConfidenceOf(summary.categories)).to.equal(0.775);
    expect(summary.reasons.map(({ reason }) => reason)).to.deep.equal(['low-confidence', 'truncated']);
  });
});

describe('the reconciliation', () => {
  const kinds = { done: 5, review: 2, failed: 1, skipped: 1, deferred: 0, queued: 1, deleted: 9 };
  const statuses = { ...kinds, moved: 0 };

  it('balances if bucket, database and files agree, without deleted images', () => {
    const line = reconcile({ objects: 10, counted: statuses, rows: statuses });
    expect(line).to.include({ objects: 10, records: 10, rows: 10, balanced: true });
  });

  it('expects no object under the old name of a moved image', () => {
    const moved = { ...statuses, moved: 3 };
    const line = reconcile({ objects: 7, counted: moved, rows: moved });
    expect(line).to.include({ objects: 7, records: 7, rows: 7, moved: 3, balanced: true });
    expect(reconcile({ objects: 10, counted: moved, rows: moved }).balanced, 'control').to.equal(false);
  });

  it('is a mismatch if any one of the three differs', () => {
    const other = { ...statuses, done: 4 };
    expect(reconcile({ objects: 9, counted: statuses, rows: statuses }).balanced).to.equal(false);
    expect(reconcile({ objects: 10, counted: other, rows: statuses }).balanced).to.equal(false);
    expect(reconcile({ objects: 10, counted: statuses, rows: other }).balanced).to.equal(false);
  });
});

describe('the images that need a review', () => {
  it('are the review images with the lowest confidence, as a full sort gives', () => {
    const rows = fc.array(
      fc.record({
        name: fc.uuid(),
        confidence: fc.integer({ min: 0, max: 20 }).map((step) => step / 20),
        status: fc.constantFrom('review' as const, 'done' as const),
      }),
    );
    fc.assert(
      fc.property(rows, (drawn) => {
        const all = drawn.map((facts): DayRow => aRow(facts));
        const picks = new ReviewPicks(5);
        for (const row of all) picks.add(row);

        const sorted = all
          .filter(({ status }) => status === 'review')
          .sort((a, b) => (a.confidence ?? 0) - (b.confidence ?? 0) || (a.name < b.name ? -1 : 1));
        expect(picks.rows()).to.deep.equal(sorted.slice(0, 5));
      }),
    );
  });
});

describe('the findings of a report', () => {
  const balanced = (rows: readonly DayRow[]): ReportInput => {
    const summary = summaryOf(rows);
    const counts = { ...summary.statuses, moved: summary.moved };
    return {
      tenant: DEFAULT_TENANT,
      window: WINDOW,
      summary,
      history: new Map(),
      reconciliation: reconcile({ objects: receivedOf(summary), counted: counts, rows: counts }),
      settings: {
        thresholds: { autoProcessAt: 0.85, quickReviewAt: 0.7 },
        retention: { images: 30, records: 90 },
        dailyBudgetUsd: 1,
      },
    };
  };
  const conditions = (input: ReportInput) => composeReport(input).findings.map(({ condition }) => condition);
  const failed = { status: 'failed', reason: 'corrupt', category: null, confidence: null } as const;
  const doubtful = {
    status: 'review',
    tier: 'MANUAL_REVIEW',
    confidence: 0.4,
    reason: 'low-confidence',
  } as const;

  it('are empty on a day without images', () => {
    expect(conditions(balanced([]))).to.deep.equal([]);
  });

  it('report more than a tenth of failures, but not a tenth', () => {
    expect(conditions(balanced([...rowsOf(90), ...rowsOf(10, failed)]))).to.deep.equal([]);
    expect(conditions(balanced([...rowsOf(89), ...rowsOf(11, failed)]))).to.deep.equal(['many-failures']);
  });

  it('report more than fifty images for a careful review, but not fifty', () => {
    expect(conditions(balanced(rowsOf(50, doubtful)))).to.deep.equal([]);
    expect(conditions(balanced(rowsOf(51, doubtful)))).to.deep.equal(['many-low-confidence']);
  });

  it('report that a model on trial is better on 20 judged images, but not on 19, and not one that is the same', () => {
    const textsWith = (n: number, shadow: string) => {
      const judged = Array.from({ length: n }, (_, index) => ({
        ...{ name: `${index}.jpg`, truth: 'Tops' },
        active: { category: index % 2 === 0 ? 'Tops' : 'Shirts', confidence: 0.9, inferMs: 2 },
        shadow: { category: shadow, confidence: 0.9, inferMs: 2 },
      }));
      const models = { active: { id: 'shop', version: '1' }, shadow: { id: 'shop', version: '2' } };
      const trials = [{ ...models, ...trialFigures(judged, mulberry32(1)) }];
      return composeReport({ ...balanced(rowsOf(3)), trials }).findings.map(({ text }) => text);
    };

    expect(textsWith(20, 'Tops')).to.deep.equal([
      'shop@2 on trial had 100.0 % of 20 judged images right, shop@1 50.0 %. To promote it: npm run models -- promote.',
    ]);
    expect(textsWith(19, 'Tops')).to.deep.equal([]);
    expect(textsWith(40, 'Shirts')).to.deep.equal([]);
  });

  it('report that the day does not balance', () => {
    const input = balanced(rowsOf(3));
    const reconciliation = { ...input.reconciliation, objects: 4, balanced: false };
    expect(conditions({ ...input, reconciliation })).to.deep.equal(['reconciliation-mismatch']);
  });

  it('report that the mix of categories changed against the week before', () => {
    const input = balanced(rowsOf(200, { category: 'Heels' }));
    const before = summaryOf(rowsOf(200, { category: 'Tops' }));
    const same = summaryOf(rowsOf(200, { category: 'Heels' }));
    expect(conditions({ ...input, history: new Map([[addDays(DAY, -1), before]]) })).to.deep.equal(['drift']);
    expect(conditions({ ...input, history: new Map([[addDays(DAY, -1), same]]) })).to.deep.equal([]);
    expect(conditions({ ...input, history: new Map([[addDays(DAY, -8), before]]) }), 'too old').to.deep.equal(
      [],
    );
  });

  it('report that a day looks unlike the measured pictures, and lead to learning from corrections', () => {
    const dayOf = (unlike: number) => [
      ...rowsOf(unlike, { typicality: 0.049 }),
      ...rowsOf(100 - unlike, { typicality: 0.05 }),
      ...rowsOf(100, { typicality: null }),
    ];

    const [usual, high] = [balanced(dayOf(5)), balanced(dayOf(43))].map(composeReport);

    expect(usual?.findings).to.deep.equal([]);
    expect(usual?.typicality).to.include({ images: 100, unlike: 5, share: 0.05, level: 'usual' });
    expect(high?.findings.map(({ condition }) => condition)).to.deep.equal(['unlike-measured']);
    expect(high?.findings[0]?.text)
      .to.include('43 of 100 labelled images (43 %)')
      .and.include('npm run learn');
  });

  it('report that the day cost more than its budget', () => {
    const input = balanced(rowsOf(10));
    const settings = { ...input.settings, dailyBudgetUsd: 0.00001 };
    expect(conditions({ ...input, settings })).to.deep.equal(['over-budget']);
  });

  it('compares a week with the week before, and says how many days have data', () => {
    const day = summaryOf(rowsOf(10));
    const history = new Map([-1, -2, -7, -8].map((offset) => [addDays(DAY, offset), day] as const));

    const { week, trend } = composeReport({ ...balanced(rowsOf(15)), history });

    expect(week).to.deep.include({ reportedDays: 3, reportedDaysBefore: 2 });
    expect(week.lines[0]).to.deep.equal({ what: 'received', count: 35, before: 20, change: 0.75 });
    expect(trend).to.have.length(14);
    expect(trend.filter(({ counts }) => counts === null)).to.have.length(9);
  });

  it('names the hours of a day with twenty-five of them', () => {
    const long = dayWindow('2026-10-25' as typeof DAY, 'Europe/Berlin' as typeof UTC);
    const input = balanced([]);
    expect(composeReport({ ...input, window: long }).hours).to.have.length(25);
  });
});
