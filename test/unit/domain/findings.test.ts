import {
  CONDITIONS,
  finding,
  REPORT_CONDITIONS,
  SEVERITIES,
} from '@hangtag/shared/domain/report/findings.js';
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
