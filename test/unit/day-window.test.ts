import {
  civilTime,
  type Day,
  dayWindow,
  hoursOf,
  parseDay,
} from '@hangtag/shared/domain/report/day-window.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { InputError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const HOUR_MS = 3_600_000;
describe('the window of a civil day', () => {
  const lengths: readonly [day: string, zone: string, hours: number, firstHour: string][] = [
    ['2026-03-29', 'Europe/Berlin', 23, '00:00'],
    ['2026-10-25', 'Europe/Berlin', 25, '00:00'],
    ['2026-11-01', 'America/New_York', 25, '00:00'],
    ['2026-10-04', 'Australia/Lord_Howe', 23.5, '00:00'],
    // Midnight did not exist: clocks went from 23:59 to 01:00.
    ['2018-11-04', 'America/Sao_Paulo', 23, '01:00'],
    // The island crossed the date line and left this day out.
    ['2011-12-30', 'Pacific/Apia', 0, ''],
  ];
  for (const [day, zone, hours, firstHour] of lengths) {
    it(`gives ${day} in ${zone} ${hours} hours`, () => {
      const window = dayWindow(parseDay(day), parseTimeZone(zone));

      expect(window.toMs - window.fromMs).to.equal(hours * HOUR_MS);
      const cut = hoursOf(window);
      expect(cut).to.have.length(Math.ceil(hours));
      expect(cut[0]?.label ?? '').to.equal(firstHour);
      expect(cut.reduce((ms, hour) => ms + hour.toMs - hour.fromMs, 0)).to.equal(hours * HOUR_MS);
    });
  }

  it('names the hour that clocks repeat twice and leaves out the one they skip', () => {
    const labels = (day: string) =>
      hoursOf(dayWindow(day as Day, parseTimeZone('Europe/Berlin'))).map(({ label }) => label);

    expect(labels('2026-10-25').slice(1, 5)).to.deep.equal(['01:00', '02:00', '02:00', '03:00']);
    expect(labels('2026-03-29').slice(1, 3)).to.deep.equal(['01:00', '03:00']);
  });
});

describe('the civil time of an instant', () => {
  it('is that of the zone: its day, and the minutes since midnight on its clocks', () => {
    const instant = Date.UTC(2026, 10, 20, 22, 47, 59);

    expect(civilTime(instant, parseTimeZone('UTC'))).to.deep.equal({
      day: '2026-11-20',
      minuteOfDay: 22 * 60 + 47,
    });
    expect(civilTime(instant, parseTimeZone('Asia/Kolkata'))).to.deep.equal({
      day: '2026-11-21',
      minuteOfDay: 4 * 60 + 17,
    });
  });
});

describe('a day and a zone as text', () => {
  for (const text of [
    '2026-02-30',
    '20261120',
    '+002026-11-20',
    '2026-11-20T00:00',
    'yesterday',
    '',
    '2026-11-20[u-ca=iso8601]',
  ]) {
    it(`refuses "${text}" for a day`, () => {
      expect(() => parseDay(text)).to.throw(InputError, `received "${text}"`);
    });
  }

  for (const name of ['Mars/Olympus', '', 'Europe/Berlin ']) {
    it(`refuses "${name}" for a time zone`, () => {
      expect(() => parseTimeZone(name)).to.throw(InputError, `received "${name}"`);
    });
  }
});
