import { MemoryErasureStore } from '@hangtag/shared/adapters/memory/erasure-store.js';
import { MemoryRecordStore, type RecordSnapshot } from '@hangtag/shared/adapters/memory/record-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { DAY } from '../fixtures/day-rows.js';
import { aNewRecord, keyOf } from '../fixtures/records.js';
import { present } from '../support/present.js';

const clock = { now: () => 1_700_000_000_000 };

describe('Records in memory', () => {
  it('call a listener after every write until it unsubscribes', async () => {
    const store = new MemoryRecordStore(clock);
    const received: RecordSnapshot[] = [];
    const unsubscribe = store.subscribe((snapshot) => received.push(snapshot));
    await store.create(keyOf('a'), aNewRecord({ name: 'a' }));
    const { version } = present(await store.get(keyOf('a')), 'the record');
    await store.update(keyOf('a'), { set: { attempts: 2 } }, version);
    unsubscribe();
    await store.create(keyOf('b'), aNewRecord({ name: 'b' }));

    expect(received.map(({ key, record }) => [key, record.name, record.attempts])).to.deep.equal([
      [keyOf('a'), 'a', 0],
      [keyOf('a'), 'a', 2],
    ]);
  });
});

describe('Erasures in memory', () => {
  it('are returned as they were written, and none before the first', async () => {
    const store = new MemoryErasureStore(new MemoryRecordStore(clock));
    const before = [...store.audits];
    const erasure = { images: 2, days: [DAY] };
    await store.audit(DEFAULT_TENANT, erasure);

    expect(before).to.deep.equal([]);
    expect(store.audits).to.deep.equal([erasure]);
  });
});
