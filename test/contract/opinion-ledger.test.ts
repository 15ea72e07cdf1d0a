/** What opinions cost: the same contract in memory and in Firestore. */
import { FirestoreOpinionLedger } from '@hangtag/shared/adapters/firestore/opinion-ledger.js';
import { MemoryOpinionLedger } from '@hangtag/shared/adapters/memory/opinion-ledger.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { parseDay } from '@hangtag/shared/domain/report/day-window.js';
import type { OpinionLedger } from '@hangtag/shared/ports/second-opinion.js';
import { expect } from 'chai';
import { freshFirestores } from '../support/emulated-firestore.js';

const ACME = 'acme' as TenantId;
const [MONDAY, TUESDAY] = [parseDay('2026-11-30'), parseDay('2026-12-01')];

function promisesOfLedger(open: () => OpinionLedger): void {
  it('adds what the opinions of a tenant cost on a day, also at the same time', async () => {
    const ledger = open();

    await Promise.all([0.25, 0.5, 0.25].map((usd) => ledger.add(ACME, MONDAY, usd)));

    expect(await ledger.of(ACME, MONDAY)).to.deep.equal({ images: 3, usd: 1 });
    expect(await ledger.of(ACME, TUESDAY)).to.deep.equal({ images: 0, usd: 0 });
    expect(await ledger.of('other' as TenantId, MONDAY)).to.deep.equal({ images: 0, usd: 0 });
  });
}

describe('The ledger of opinions in memory', () => {
  promisesOfLedger(() => new MemoryOpinionLedger());
});

describe('The ledger of opinions in Firestore', () => {
  const open = freshFirestores('opinions');

  promisesOfLedger(() => new FirestoreOpinionLedger(open()));
});
