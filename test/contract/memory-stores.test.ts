import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { promisesOfQueries } from './record-store-queries.js';
import { promisesOfSweeps } from './sweep-store-promises.js';

describe('The records in memory', () => {
  promisesOfQueries(async () => new MemoryRecordStore(systemClock), { runs: 200 });
});

describe('The sweeps in memory', () => {
  promisesOfSweeps(async () => new MemorySweepStore());
});
