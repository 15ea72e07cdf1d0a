import { addDays, dayWindow, parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { expect } from 'chai';

const HOUR_MS = 3_600_000;
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
];

describe('the windows of all civil days', () => {
  for (const zone of ZONES) {
    it(`partition the years 2020 to 2035 in ${zone}: every instant is in exactly one day`, () => {
      const timeZone = parseTimeZone(zone);
      let { toMs: end } = dayWindow(parseDay('2019-12-31'), timeZone);

      for (let day = parseDay('2020-01-01'); day < '2036'; day = addDays(day, 1)) {
        const window = dayWindow(day, timeZone);
        expect(window.fromMs, day).to.equal(end);
        expect(window.toMs - window.fromMs, day).to.be.within(23 * HOUR_MS, 25 * HOUR_MS);
        end = window.toMs;
      }
    });
  }
});
