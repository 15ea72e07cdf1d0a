import { categoryOf, DAY_ROW_FIELDS, type DayRow } from '@hangtag/shared/domain/report/day-row.js';
import { labelledOf, meanConfidenceOf } from '@hangtag/shared/domain/report/day-summary.js';
import { expect } from 'chai';
import { aRow, rowsOf, summaryOf, WINDOW } from '../../fixtures/day-rows.js';
import {
  aCorrection,
  aLabelledRecord,
  BUCKET,
  generation,
  MODEL,
  NEXT_MODEL,
  TIMINGS,
} from '../../fixtures/records.js';

const HOUR_MS = 3_600_000;
const failed = (reason: 'truncated' | 'corrupt') =>
  ({ status: 'failed', reason, category: null, confidence: null }) as const;

describe('the summary of a day', () => {
  it('counts each reason apart for each status, most frequent first, then by name', () => {
    const rows = [
      aRow(failed('corrupt')),
      aRow(failed('truncated')),
      aRow({ status: 'review', reason: 'unknown-object' }),
      aRow({ status: 'review', reason: 'unknown-object' }),
    ];

    for (const order of [rows, rows.toReversed()])
      expect(summaryOf(order).reasons).to.deep.equal([
        { status: 'review', reason: 'unknown-object', count: 2 },
        { status: 'failed', reason: 'corrupt', count: 1 },
        { status: 'failed', reason: 'truncated', count: 1 },
      ]);
  });

  it('counts the categories of labelled images, those used without review, and their confidence', () => {
    const rows = [
      aRow({ status: 'review', category: 'Tops', confidence: 0.5 }),
      ...rowsOf(2, { category: 'Heels', confidence: 0.9 }),
      aRow({ status: 'review', category: 'Heels', confidence: 0.75 }),
      aRow({ status: 'done', category: 'Bags', confidence: 1 }),
    ];

    for (const order of [rows, rows.toReversed()])
      expect(summaryOf(order).categories).to.deep.equal([
        { category: 'Heels', count: 3, automatic: 2, confidenceSum: 2.55 },
        { category: 'Bags', count: 1, automatic: 1, confidenceSum: 1 },
        { category: 'Tops', count: 1, automatic: 0, confidenceSum: 0.5 },
      ]);
  });

  it('counts confidences in bins of a twentieth, the surest in the last', () => {
    const confidences = [0, 0.049, 0.05, 0.7, 0.85, 0.85, 0.999, 1];

    const { confidence } = summaryOf(confidences.map((each) => aRow({ confidence: each })));

    const counts = Object.fromEntries(confidence.map((count, bin) => [bin, count]));
    expect(confidence).to.have.length(20);
    expect(counts).to.include({ 0: 2, 1: 1, 14: 1, 17: 2, 19: 2 });
    expect(labelledOf({ ...summaryOf([]), confidence })).to.equal(8);
  });

  it('counts images without a label or with an incomplete one as not labelled', () => {
    const none = summaryOf([
      aRow({ category: null, confidence: 0.9 }),
      aRow({ category: 'Heels', confidence: null }),
      aRow({ category: null, confidence: null }),
    ]);

    expect(none.categories).to.deep.equal([]);
    expect(labelledOf(none)).to.equal(0);
    expect(none.statuses.done).to.equal(3);
  });

  it('counts tiers, models and times only if the row has them', () => {
    const bare = summaryOf([aRow({ tier: null, model: null, timings: null })]);
    const full = summaryOf([
      ...rowsOf(2, { tier: 'QUICK_REVIEW', model: NEXT_MODEL }),
      aRow({ tier: 'AUTO_PROCESS', model: MODEL }),
    ]);

    expect(bare).to.deep.include({ models: [], computeMs: 0 });
    expect(bare.tiers).to.deep.equal({ AUTO_PROCESS: 0, QUICK_REVIEW: 0, MANUAL_REVIEW: 0 });
    expect(bare.total.buckets).to.deep.equal([]);
    expect(full.tiers).to.deep.equal({ AUTO_PROCESS: 1, QUICK_REVIEW: 2, MANUAL_REVIEW: 0 });
    expect(full.models).to.deep.equal([
      { ...NEXT_MODEL, count: 2 },
      { ...MODEL, count: 1 },
    ]);
  });

  it('lists models of the same count by their digest', () => {
    const [a, b] = [aRow({ model: MODEL }), aRow({ model: NEXT_MODEL })];
    const digests = (rows: Parameters<typeof summaryOf>[0]) =>
      summaryOf(rows).models.map(({ version }) => version);

    expect(digests([a, b])).to.deep.equal(['1', '2']);
    expect(digests([b, a])).to.deep.equal(['1', '2']);
  });

  it('adds up the times: of waiting, of the work itself, and of all of it', () => {
    const timings = { queuedMs: 500, downloadMs: 20, decodeMs: 8, inferMs: 5, totalMs: 900 };

    const summary = summaryOf([aRow({ timings }), aRow({ timings: TIMINGS })]);

    expect(summary.queued.maxMs).to.equal(500);
    expect(summary.processing.maxMs).to.equal(33);
    expect(summary.total.maxMs).to.equal(900);
    expect(summary.computeMs).to.equal(8 + 5 + 3 + 4);
    const middleOf = (buckets: readonly (readonly [number, number])[]) => buckets.map(([, count]) => count);
    expect(middleOf(summary.processing.buckets)).to.deep.equal([1, 1]);
  });

  it('counts each image in its hour', () => {
    const at = (ms: number) => aRow({ uploadedAt: WINDOW.fromMs + ms });

    const { hours } = summaryOf([at(0), at(HOUR_MS - 1), at(HOUR_MS), at(24 * HOUR_MS - 1)]);

    expect(hours).to.deep.equal([2, 1, ...new Array(21).fill(0), 1]);
  });

  it('counts moved images in addition to their status, and not deleted ones', () => {
    const rows = [
      ...rowsOf(2, { present: false }),
      aRow({ present: false, status: 'deleted' }),
      aRow({ present: true, status: 'review' }),
    ];

    const { moved, statuses } = summaryOf(rows);

    expect(moved).to.equal(2);
    expect(statuses).to.include({ done: 2, review: 1, deleted: 1 });
  });

  it("uses a person's category for the labelled generation, otherwise the model's", () => {
    const correctedRow = (of: number) => aRow({ correction: aCorrection({ generation: generation(of) }) });

    expect([correctedRow(5), correctedRow(4), aRow({ correction: null })].map(categoryOf)).to.deep.equal([
      'Heels',
      'Handbags',
      'Handbags',
    ]);
  });

  it('needs only the fields of a record that a report reads, and never its embedding', () => {
    const record = aLabelledRecord({ uploadedAt: WINDOW.fromMs, correction: aCorrection(), embedding: [1] });
    const read = Object.fromEntries(DAY_ROW_FIELDS.map((field) => [field, record[field]])) as DayRow;

    expect(summaryOf([read], [read])).to.deep.equal(summaryOf([record], [record]));
    expect(DAY_ROW_FIELDS).to.not.include('embedding');
    expect(read, 'for the files of the day').to.include({
      bucket: BUCKET,
      name: record.name,
      ref: record.ref,
    });
    expect(read).to.include.keys('reason', 'present', 'tier', 'timings');
  });

  it('counts no correction if the row has none, or if it corrects no current label', () => {
    const rows = [
      aRow({ correction: null }),
      aRow({ category: null, correction: aCorrection() }),
      aRow({ confidence: null, correction: aCorrection() }),
      aRow({ correction: aCorrection({ generation: generation(4) }) }),
    ];

    expect(summaryOf([], rows).reviewed).to.deep.equal([]);
    expect(summaryOf([], [aRow({ correction: aCorrection() })]).reviewed, 'control').to.have.length(1);
  });

  it('has no mean confidence if nothing was labelled', () => {
    expect(meanConfidenceOf([])).to.equal(null);
    expect(meanConfidenceOf(summaryOf(rowsOf(3, { confidence: 1 / 3 })).categories)).to.equal(0.3333);
  });
});
