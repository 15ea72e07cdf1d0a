/** The contract of the counts of spending. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { Spending } from '@hangtag/shared/ports/spending.js';
import { assert } from 'chai';
import { aNewRecord, keyOf } from '../fixtures/records.js';

export function promisesOfSpending(
  open: () => { readonly records: RecordStore; readonly spending: Spending },
): void {
  describe('spending', () => {
    it('counts the images queued since a time, of one tenant or of all', async () => {
      const { records, spending } = open();
      const tenant = `spending-${process.pid}` as TenantId;
      const other = `${tenant}-other` as TenantId;
      const before = await spending.imagesSince(0);
      const statuses = ['queued', 'done', 'deferred', 'skipped', 'deleted'] as const;

      for (const status of statuses) {
        const name = `tenants/${tenant}/${status}`;
        await records.create({ ...keyOf(name), tenant }, aNewRecord({ name, status }));
      }

      const refused = `tenants/${tenant}/refused`;
      await records.create(
        { ...keyOf(refused), tenant },
        aNewRecord({ name: refused, status: 'failed', reason: 'empty', queuedAt: null }),
      );

      const name = `tenants/${other}/queued`;
      await records.create({ ...keyOf(name), tenant: other }, aNewRecord({ name }));

      assert.equal(await spending.imagesSince(0, tenant), 3);
      assert.equal(await spending.imagesSince(0, other), 1);
      assert.equal((await spending.imagesSince(0)) - before, 4);
      assert.equal(await spending.imagesSince(Date.now() + 60_000, tenant), 0);
    });
  });
}
