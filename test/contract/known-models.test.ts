/** What is known of the versions of models: the same contract in memory and in Firestore. */
import { FirestoreKnownModels } from '@hangtag/shared/adapters/firestore/known-models.js';
import { MemoryKnownModels } from '@hangtag/shared/adapters/memory/known-models.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { cardFiguresOf, type NewKnownModel } from '@hangtag/shared/domain/known-model.js';
import type { TrialEvidence } from '@hangtag/shared/domain/trial.js';
import type { KnownModels } from '@hangtag/shared/ports/known-models.js';
import { expect } from 'chai';
import { freshFirestores } from '../support/emulated-firestore.js';
import { ManualClock } from '../support/stage.js';

const ACME = 'acme' as TenantId;
const model = (version: string, changes: Partial<NewKnownModel> = {}): NewKnownModel => ({
  id: 'shop',
  version,
  digest: 'a'.repeat(64),
  labels: ['hat', 'dress'],
  figures: cardFiguresOf({ 'val 60x80': { accuracy: 0.9, confusion: [[1, 2]], data: null } }),
  addedBy: 'anna',
  addedWith: 'learn',
  ...changes,
});
const EVIDENCE: TrialEvidence = {
  images: 100,
  agreement: 0.9,
  judged: 20,
  activeAccuracy: 0.8,
  shadowAccuracy: 0.9,
  interval: [0.05, 0.15],
};

function promisesOfKnownModels(open: () => KnownModels): void {
  it('keeps who added a version first, and the figures of its last trial', async () => {
    const known = open();
    await known.add(ACME, model('2'));
    await known.add(ACME, model('1+b'));

    await known.putTrial(ACME, model('2'), { ...EVIDENCE, images: 1 });
    await known.putTrial(ACME, model('2'), EVIDENCE);
    await known.add(ACME, model('2', { addedBy: 'berta', addedWith: 'trial' }));

    const [first, second, ...others] = await known.list(ACME);
    expect(others).to.deep.equal([]);
    expect(first).to.deep.include({ ...model('1+b'), trial: null });
    expect(second).to.deep.include({ ...model('2'), trial: EVIDENCE });
    expect(second?.figures).to.deep.equal({ 'val 60x80': { accuracy: 0.9, data: null } });
    expect(second?.addedAt).to.be.a('number');
  });

  it('begins anew with another content of the version', async () => {
    const known = open();
    await known.add(ACME, model('1'));
    await known.putTrial(ACME, model('1'), EVIDENCE);

    await known.add(ACME, model('1', { digest: 'b'.repeat(64) }));

    expect(await known.list(ACME))
      .to.have.length(1)
      .and.have.nested.property('[0]')
      .that.includes({ digest: 'b'.repeat(64), trial: null });
  });

  it('removes a version, and knows no figures of a version that was not added', async () => {
    const known = open();
    await known.add(ACME, model('1'));

    await known.remove(ACME, model('1'));
    await known.remove(ACME, model('1'));
    await known.putTrial(ACME, model('1'), EVIDENCE);

    expect(await known.list(ACME)).to.deep.equal([]);
    expect(await known.list('other' as TenantId)).to.deep.equal([]);
  });
}

describe('Known models in memory', () => {
  promisesOfKnownModels(() => new MemoryKnownModels(new ManualClock()));
});

describe('Known models in Firestore', () => {
  const open = freshFirestores('known');

  promisesOfKnownModels(() => new FirestoreKnownModels(open()));
});
