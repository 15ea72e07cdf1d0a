import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { seasonsOf } from '@hangtag/wardrobe/engine/occasion.js';
import { expect } from 'chai';

describe('The seasons whose clothes suit a day', () => {
  for (const { temperatureC, seasons } of [
    { temperatureC: 22, seasons: ['summer'] },
    { temperatureC: 21.9, seasons: ['spring', 'autumn'] },
    { temperatureC: 12, seasons: ['spring', 'autumn'] },
    { temperatureC: 11.9, seasons: ['winter'] },
  ])
    it(`are ${seasons.join(' and ')} at ${temperatureC} °C, in any month`, () => {
      const weather = { temperatureC, isRaining: false };
      for (const day of ['2026-01-15', '2026-07-15'] as Day[])
        expect(seasonsOf({ day, weather, climate: 'north' })).to.deep.equal(seasons);
    });
});
