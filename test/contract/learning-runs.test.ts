/** Runs of learning: the same contract in memory and in Firestore. */
import { FirestoreLearningRuns } from '@hangtag/shared/adapters/firestore/learning-runs.js';
import { MemoryLearningRuns } from '@hangtag/shared/adapters/memory/learning-runs.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { type LearningRun, queuedRun } from '@hangtag/shared/domain/learning-run.js';
import type { LearningRuns } from '@hangtag/shared/ports/learning-runs.js';
import { expect } from 'chai';
import { freshFirestores } from '../support/emulated-firestore.js';

const ACME = 'acme' as TenantId;
const AT = Date.parse('2026-11-20T12:00:00.123Z');
const QUEUED = queuedRun('one', { by: 'anna', min: 20, share: 0.1, trusted: ['desk-7'] }, AT);
const CHANGED: LearningRun = { ...QUEUED, state: 'running', total: 40 };
const DONE: LearningRun = {
  ...QUEUED,
  ...{ state: 'done', step: 'store', done: 40, total: 40, notes: ['40 judged images'] },
  figures: {
    ...{ n: 40, accuracy: 0.9, accuracyBefore: null },
    classes: [{ label: 'hat', n: 40, precision: 0.9, recall: 1, recallBefore: null }],
  },
  model: { id: 'shop', version: '1-learned.0a1b2c3d' },
};

function promisesOfRuns(open: () => LearningRuns): void {
  it('returns what was written last', async () => {
    const runs = open();
    const first = await runs.put(ACME, QUEUED, undefined);
    const second = await runs.put(ACME, DONE, first);

    expect(await runs.get(ACME)).to.deep.equal({ run: DONE, version: second });
  });

  it('has no run at first', async () => {
    expect(await open().get(ACME)).to.equal(undefined);
  });

  it('refuses a write to a document that is not as it was known', async () => {
    const runs = open();
    const first = await runs.put(ACME, QUEUED, undefined);
    expect(await runs.put(ACME, DONE, undefined)).to.equal(undefined);
    const second = await runs.put(ACME, CHANGED, first);
    expect(await runs.put(ACME, DONE, first)).to.equal(undefined);

    expect(await runs.get(ACME)).to.deep.equal({ run: CHANGED, version: second });
  });
}

describe('Runs of learning in memory', () => promisesOfRuns(() => new MemoryLearningRuns()));

describe('Runs of learning in Firestore', () => {
  const fresh = freshFirestores('learning-runs');

  promisesOfRuns(() => new FirestoreLearningRuns(fresh()));

  it('can replace a document that is not valid', async () => {
    const firestore = fresh();
    const runs = new FirestoreLearningRuns(firestore);
    await firestore.doc('tenants/acme/learning/latest').set({ state: 'lost' });
    const known = await runs.get(ACME);

    expect(known?.run).to.equal(undefined);
    expect(await runs.put(ACME, QUEUED, known?.version)).to.be.a('string');
    expect((await runs.get(ACME))?.run).to.deep.equal(QUEUED);
  });
});
