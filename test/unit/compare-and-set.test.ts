import { compareAndSet } from '@hangtag/functions/records/compare-and-set.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { onAttempt, onFinalized } from '@hangtag/shared/domain/transitions.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { aNewRecord, anArrival, generation, keyOf, NAME } from '../fixtures/records.js';
import { rejection } from '../support/rejection.js';
import { ManualClock } from '../support/stage.js';

describe('compareAndSet', () => {
  const key = keyOf(NAME);
  const attempt = (current: Parameters<typeof onAttempt>[0]) => onAttempt(current, generation(5));
  let records: MemoryRecordStore;
  beforeEach(async () => {
    records = new MemoryRecordStore(new ManualClock());
  });

  it('creates a record without reading it first', async () => {
    records.get = () => Promise.reject(new Error('Expected no read'));
    const decision = await compareAndSet({ records, key }, undefined, (current) =>
      onFinalized(current, anArrival()),
    );
    expect(decision).to.include({ kind: 'create' }).and.to.have.property('version');
  });

  it('reads and decides again after a lost race', async () => {
    await records.create(key, aNewRecord());
    const stale = await records.get(key);
    await compareAndSet({ records, key }, stale, attempt);

    await compareAndSet({ records, key }, stale, attempt);

    expect((await records.get(key))?.record.attempts).to.equal(2);
  });

  it('reads and updates a record if creating it fails because it exists', async () => {
    await records.create(key, aNewRecord({ generation: generation(4) }));
    const decision = await compareAndSet({ records, key }, undefined, (current) =>
      onFinalized(current, anArrival()),
    );
    expect(decision.kind).to.equal('update');
    expect((await records.get(key))?.record.generation).to.equal('5');
  });

  it('recognises its own write if the store reports a lost race', async () => {
    const { create, update } = records;
    records.create = async (...args) => {
      await create.apply(records, args);
      return undefined;
    };
    records.update = async (...args) => {
      await update.apply(records, args);
      return false;
    };

    const created = await compareAndSet({ records, key }, undefined, (current) =>
      onFinalized(current, anArrival()),
    );
    const known = await records.get(key);
    const updated = await compareAndSet({ records, key }, known, attempt);

    expect(created).to.include({ kind: 'create', version: known?.version });
    expect(updated.kind).to.equal('update');
    expect((await records.get(key))?.record.attempts).to.equal(1);
  });

  it('throws a transient error after eight lost races', async () => {
    await records.create(key, aNewRecord());
    let rounds = 0;
    records.update = async () => {
      rounds += 1;
      return false;
    };

    const error = await rejection(compareAndSet({ records, key }, await records.get(key), attempt));

    expect(error).to.be.instanceOf(TransientError);
    expect(rounds).to.equal(8);
  });
});
