/** The contract of a store of sweeps. */
import { onClaim } from '@hangtag/shared/domain/sweep-claim.js';
import type { SweepState } from '@hangtag/shared/domain/sweep-state.js';
import type { SweepStore } from '@hangtag/shared/ports/sweep-store.js';
import { assert } from 'chai';
import { request } from '../support/sweep-world.js';

export function promisesOfSweeps(open: () => SweepStore): void {
  describe('sweeps', () => {
    let store: SweepStore;
    let buckets = 0;
    let state: SweepState;

    before(() => {
      store = open();
    });

    beforeEach(() => {
      buckets += 1;
      const by = { holder: 'h', nowMs: 1_767_323_045_000, leaseMs: 1_000 };
      state = onClaim(
        undefined,
        request({ bucket: `bucket-${process.pid}-${buckets}`, prefix: 'ä/' }),
        by,
      ).state;
    });

    it('returns what was created', async () => {
      const version = await store.create(state);

      const found = await store.get(state.bucket);
      assert.deepEqual(found?.state, state);
      assert.equal(found?.version, version);
    });

    it('returns nothing if nothing was created', async () => {
      assert.isUndefined(await store.get(state.bucket));
    });

    it('creates once', async () => {
      await store.create(state);

      assert.isUndefined(await store.create({ ...state, cursor: 'x' }));
      assert.equal((await store.get(state.bucket))?.state?.cursor, state.cursor);
    });

    it('updates the version that was last read, and returns the next', async () => {
      const first = await store.create(state);
      const second = first && (await store.update({ ...state, cursor: 'ä/1' }, first));
      const third = second && (await store.update({ ...state, cursor: 'ä/2', lease: null }, second));

      const stale = first && (await store.update({ ...state, cursor: 'late' }, first));

      assert.isUndefined(stale);
      const found = await store.get(state.bucket);
      assert.equal(found?.version, third);
      assert.deepInclude(found?.state, { cursor: 'ä/2', lease: null });
    });
  });
}
