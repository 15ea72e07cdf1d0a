/** The stores of rollouts: the same contract in memory and in Firestore. */
import { FirestoreRolloutStore } from '@hangtag/shared/adapters/firestore/rollout-store.js';
import { FirestoreTenantStore } from '@hangtag/shared/adapters/firestore/tenant-store.js';
import { MemoryRolloutStore } from '@hangtag/shared/adapters/memory/rollout-store.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { type ModelPin, NO_MODELS } from '@hangtag/shared/domain/model-version.js';
import type { NewRollout } from '@hangtag/shared/domain/rollout.js';
import type { RolloutStore } from '@hangtag/shared/ports/rollout-store.js';
import type { TenantStore } from '@hangtag/shared/ports/tenant-store.js';
import { expect } from 'chai';
import { freshFirestores } from '../support/emulated-firestore.js';
import { ManualClock } from '../support/stage.js';

const ACME = 'acme' as TenantId;
const pin = (version: string): ModelPin => ({ id: 'shop', version, digest: version.repeat(64) });
const TRIAL: NewRollout = {
  n: 1,
  by: 'anna',
  action: 'trial',
  model: { ...NO_MODELS, shadow: { ...pin('1'), share: 0.1 } },
  evidence: null,
  against: [],
};
const PROMOTION: NewRollout = {
  n: 2,
  by: 'anna',
  action: 'promote',
  model: { ...NO_MODELS, active: pin('1') },
  evidence: {
    images: 100,
    agreement: 0.9,
    judged: 20,
    activeAccuracy: 0.8,
    shadowAccuracy: 0.9,
    interval: [0.05, 0.15],
  },
  against: ['Expected more'],
};

interface Opened {
  readonly rollouts: RolloutStore;
  readonly tenants: TenantStore;
  /** Lets time pass between two entries. */
  readonly wait: () => void;
}

function promisesOfRollouts(open: () => Opened): void {
  it('keeps entries, newest first, and sets the models of the tenant with each', async () => {
    const { rollouts, tenants, wait } = open();
    await tenants.create(ACME, { name: 'Acme' });

    expect(await rollouts.append(ACME, TRIAL)).to.equal(true);
    wait();
    expect(await rollouts.append(ACME, PROMOTION)).to.equal(true);

    const [second, first, ...others] = await rollouts.list(ACME);
    expect(others).to.deep.equal([]);
    expect(first).to.deep.include(TRIAL);
    expect(second).to.deep.include(PROMOTION);
    expect(await tenants.list()).to.deep.equal(new Map([[ACME, { name: 'Acme', model: PROMOTION.model }]]));
  });

  it('writes nothing if an entry has the number already', async () => {
    const { rollouts, tenants } = open();
    await rollouts.append(ACME, TRIAL);

    expect(await rollouts.append(ACME, { ...PROMOTION, n: 1 })).to.equal(false);

    expect(await rollouts.list(ACME)).to.have.length(1);
    expect((await tenants.list()).get(ACME)?.model).to.deep.equal(TRIAL.model);
  });

  it('finds the last entry at a time', async () => {
    const { rollouts, wait } = open();
    await rollouts.append(ACME, TRIAL);
    wait();
    await rollouts.append(ACME, PROMOTION);
    const [second, first] = await rollouts.list(ACME);
    const [secondAt, firstAt] = [second?.at ?? 0, first?.at ?? 0];

    expect((await rollouts.lastAt(ACME, secondAt + 1))?.n).to.equal(2);
    expect((await rollouts.lastAt(ACME, firstAt + 1))?.n).to.equal(1);
    expect(await rollouts.lastAt(ACME, firstAt - 1)).to.equal(undefined);
    expect(await rollouts.lastAt(ACME, Date.parse('0000-01-01'))).to.equal(undefined);
    expect(await rollouts.lastAt('other' as TenantId, secondAt)).to.equal(undefined);
  });
}

describe('Rollouts in memory', () => {
  promisesOfRollouts(() => {
    const clock = new ManualClock();
    const tenants = new MemoryTenantStore();
    return { rollouts: new MemoryRolloutStore(tenants, clock), tenants, wait: () => clock.advance(10) };
  });
});

describe('Rollouts in Firestore', () => {
  const open = freshFirestores('rollouts');

  promisesOfRollouts(() => {
    const firestore = open();
    // The emulator's clock runs.
    return {
      rollouts: new FirestoreRolloutStore(firestore),
      tenants: new FirestoreTenantStore(firestore),
      wait: () => undefined,
    };
  });
});
