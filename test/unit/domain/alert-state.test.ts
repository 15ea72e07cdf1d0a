import {
  type AlertState,
  CLAIM_MS,
  claimOf,
  confirmed,
  released,
} from '@hangtag/shared/domain/alerts/alert-state.js';
import { parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { InputError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const HOLDS = {
  condition: 'drift',
  finding: { condition: 'drift', severity: 'warning', text: 'It moved.', values: { categoriesPsi: 0.3 } },
} as const;
const OVER = { condition: 'drift', finding: undefined } as const;
const NOW = { nowMs: 1_000_000, coolDownMs: 5_000 };

function firing(changes: Partial<AlertState> = {}): AlertState {
  return {
    condition: 'drift',
    phase: 'firing',
    since: 1,
    announcedAt: 990_000,
    claimedUntil: null,
    severity: 'warning',
    text: 'It moved.',
    values: {},
    ...changes,
  };
}

describe('the claim to send an alert', () => {
  it('lasts for two minutes, in which no other worker sends it', () => {
    expect(claimOf(undefined, HOLDS, NOW)?.claimedUntil).to.equal(NOW.nowMs + CLAIM_MS);
    expect(claimOf(firing({ claimedUntil: NOW.nowMs + 1 }), HOLDS, NOW)).to.equal(undefined);
    expect(claimOf(firing({ claimedUntil: NOW.nowMs }), HOLDS, NOW)).to.include({ phase: 'firing' });
  });

  it('is granted once for the end of an alert that was sent, and for no other end', () => {
    expect(claimOf(firing(), OVER, NOW)).to.include({ phase: 'quiet', announcedAt: null });
    expect(claimOf(firing({ announcedAt: null }), OVER, NOW)).to.equal(undefined);
    expect(claimOf(firing({ phase: 'quiet', announcedAt: null }), OVER, NOW)).to.include({ phase: 'quiet' });
    expect(claimOf(firing({ phase: 'quiet' }), OVER, NOW)).to.equal(undefined);
    expect(claimOf(undefined, OVER, NOW)).to.equal(undefined);
  });

  it('is granted again after the cool-down while the condition lasts, and immediately if the alert was not sent', () => {
    expect(claimOf(firing({ announcedAt: NOW.nowMs - 4_999 }), HOLDS, NOW)).to.equal(undefined);
    expect(claimOf(firing({ announcedAt: NOW.nowMs - 5_000 }), HOLDS, NOW)).to.include({ since: 1 });
    expect(claimOf(firing({ announcedAt: null }), HOLDS, { ...NOW, nowMs: 100 })).to.include({ since: 1 });
    expect(claimOf(firing({ phase: 'quiet' }), HOLDS, NOW)).to.include({
      since: NOW.nowMs,
      announcedAt: null,
    });
  });
});

describe('an alert', () => {
  it('starts when it is first seen, with the text and the values of the condition', () => {
    expect(claimOf(undefined, HOLDS, NOW)).to.deep.equal({
      condition: 'drift',
      phase: 'firing',
      since: NOW.nowMs,
      announcedAt: null,
      claimedUntil: NOW.nowMs + CLAIM_MS,
      severity: 'warning',
      text: 'It moved.',
      values: { categoriesPsi: 0.3 },
    });
  });

  it('has the text and the values of the latest message', () => {
    const before = firing({
      announcedAt: NOW.nowMs - 5_000,
      text: 'It moved a little.',
      values: { confidencesPsi: 0.26 },
    });

    expect(claimOf(before, HOLDS, NOW)).to.deep.include({
      text: 'It moved.',
      values: { categoriesPsi: 0.3 },
    });
  });

  it('counts as sent after the confirmation, and can be claimed again if sending failed', () => {
    const claim = firing({ announcedAt: null, claimedUntil: NOW.nowMs + CLAIM_MS });

    expect(confirmed(claim, 5)).to.deep.equal({ ...claim, announcedAt: 5, claimedUntil: null });
    expect(released(claim)).to.deep.equal({ ...claim, claimedUntil: null });
  });
});

describe('an invalid day or time zone', () => {
  const faultOf = (act: () => unknown): unknown => {
    try {
      return act();
    } catch (error) {
      return error;
    }
  };

  it('is rejected with the received value, by an error with its own name', () => {
    const [day, zone, form] = [
      () => parseDay('2026-02-30'),
      () => parseTimeZone('Mars'),
      () => parseDay('today'),
    ].map(faultOf);

    for (const fault of [day, zone, form])
      expect(fault).to.be.instanceOf(InputError).and.to.include({ name: 'InputError' });
    expect(day).to.have.property('cause').that.is.instanceOf(RangeError);
    expect(zone).to.have.property('cause').that.is.instanceOf(RangeError);
    expect(form).to.have.property('cause').that.equals(undefined);
  });
});
