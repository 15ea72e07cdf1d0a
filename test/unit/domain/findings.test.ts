import { drift } from '@hangtag/shared/domain/report/drift.js';
import {
  CONDITIONS,
  finding,
  findingsOf,
  type Measured,
  REPORT_CONDITIONS,
  SEVERITIES,
} from '@hangtag/shared/domain/report/findings.js';
import { type DayCounts, reconcile } from '@hangtag/shared/domain/report/reconciliation.js';
import { NONE_JUDGED, typicalityReport } from '@hangtag/shared/domain/typicality.js';
import { expect } from 'chai';

describe('The conditions of alerts', () => {
  it('have fixed severities, and are never renamed: stored alert states contain them', () => {
    expect(CONDITIONS).to.deep.include({
      'reconciliation-mismatch': 'critical',
      'many-failures': 'critical',
      'many-low-confidence': 'warning',
      drift: 'warning',
      'unlike-measured': 'warning',
      'over-budget': 'warning',
      'slow-report': 'warning',
      'slow-sweep': 'warning',
      'missing-report': 'critical',
      'model-self-test': 'critical',
      'trial-ready': 'info',
    });
    expect(finding('missing-report', 'There is none.')).to.deep.equal({
      condition: 'missing-report',
      severity: 'critical',
      text: 'There is none.',
      values: {},
    });
  });

  it('end at the next report if a report decides them, otherwise at another event', () => {
    expect(REPORT_CONDITIONS).to.have.members([
      'reconciliation-mismatch',
      'many-failures',
      'many-low-confidence',
      'drift',
      'unlike-measured',
      'over-budget',
      'trial-ready',
    ]);
  });

  it('are sorted by urgency', () => {
    const urgent = (condition: keyof typeof CONDITIONS) => SEVERITIES.indexOf(CONDITIONS[condition]);
    expect(urgent('many-failures')).to.be.greaterThan(urgent('drift'));
    expect(urgent('drift')).to.be.greaterThan(SEVERITIES.indexOf('info'));
    expect(SEVERITIES.indexOf('info')).to.equal(0);
  });
});

describe('A report', () => {
  const unmoved = drift(new Map(), new Map());
  const nothing: DayCounts = {
    queued: 0,
    done: 0,
    review: 0,
    failed: 0,
    skipped: 0,
    deferred: 0,
    deleted: 0,
    moved: 0,
  };
  const quiet: Measured = {
    totals: { failed: 0, processed: 0 },
    confidence: { tiers: { AUTO_PROCESS: 0, QUICK_REVIEW: 0, MANUAL_REVIEW: 0 } },
    drift: {
      categories: unmoved,
      confidence: unmoved,
      meanConfidence: { today: null, before: null },
      largestShift: null,
    },
    typicality: typicalityReport(NONE_JUDGED),
    reconciliation: reconcile({ objects: 0, counted: nothing, rows: nothing }),
    cost: { lines: [], totalUsd: 2 },
    trials: [],
  };
  const conditionsOf = (change: Partial<Measured>, dailyBudgetUsd?: number) =>
    findingsOf({ ...quiet, ...change }, dailyBudgetUsd).map(({ condition }) => condition);

  it('finds failures beyond a tenth of the images, and none without images', () => {
    expect(conditionsOf({})).to.deep.equal([]);
    expect(conditionsOf({ totals: { failed: 10, processed: 100 } })).to.deep.equal([]);
    expect(conditionsOf({ totals: { failed: 11, processed: 100 } })).to.deep.equal(['many-failures']);
  });

  it('finds more than 50 images with a low confidence', () => {
    const withLow = (MANUAL_REVIEW: number) => ({
      confidence: { tiers: { ...quiet.confidence.tiers, MANUAL_REVIEW } },
    });

    expect(conditionsOf(withLow(50))).to.deep.equal([]);
    expect(conditionsOf(withLow(51))).to.deep.equal(['many-low-confidence']);
  });

  it('finds a cost above the budget, if there is one', () => {
    expect(conditionsOf({}, 2)).to.deep.equal([]);
    expect(conditionsOf({}, 1.99)).to.deep.equal(['over-budget']);
  });
});
