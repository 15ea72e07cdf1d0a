import { openFirestore } from '@hangtag/shared/adapters/firestore/client.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

describe("Firestore's client", () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = before;
  });

  it('is not opened without credentials', async () => {
    const { FIRESTORE_EMULATOR_HOST, ...env } = before;
    process.env = { ...env, GOOGLE_APPLICATION_CREDENTIALS: fromRoot('no-such-file.json') };

    const failure = await openFirestore().catch((error: unknown) => error);

    expect(failure).to.have.property('kind', 'unavailable');
    expect(String(failure)).to.include('Expected credentials for Firestore but found none');
  });
});
