import {
  CONDITIONS,
  finding,
  REPORT_CONDITIONS,
  SEVERITIES,
} from '@hangtag/shared/domain/report/findings.js';
import { expect } from 'chai';

describe('The conditions of alerts', () => {
  it('are as grave as people are told, and never renamed: stored alert states hold them', () => {
    expect(CONDITIONS).to.deep.include({
      'reconciliation-mismatch': 'critical',
      'many-failures': 'critical',
      'many-low-confidence': 'warning',
      drift: 'warning',
      'over-budget': 'warning',
      'slow-report': 'warning',
      'slow-sweep': 'warning',
      'missing-report': 'critical',
      'model-self-test': 'critical',
    });
    expect(finding('missing-report', 'There is none.')).to.deep.equal({
      condition: 'missing-report',
      severity: 'critical',
      text: 'There is none.',
    });
  });

  it('are over at the next report where a report decides them, and at another occasion otherwise', () => {
    expect(REPORT_CONDITIONS).to.have.members([
      'reconciliation-mismatch',
      'many-failures',
      'many-low-confidence',
      'drift',
      'over-budget',
    ]);
  });

  it('are put in the order of how urgent they are', () => {
    const urgent = (condition: keyof typeof CONDITIONS) => SEVERITIES.indexOf(CONDITIONS[condition]);
    expect(urgent('many-failures')).to.be.greaterThan(urgent('drift'));
    expect(urgent('drift')).to.be.greaterThan(SEVERITIES.indexOf('info'));
    expect(SEVERITIES.indexOf('info')).to.equal(0);
  });
});
