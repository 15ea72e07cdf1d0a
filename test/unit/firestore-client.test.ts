import { openFirestore } from '@hangtag/shared/adapters/firestore/client.js';
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { withEnvironment } from '../support/environment.js';
import { rejection } from '../support/rejection.js';

describe("Firestore's client", () => {
  it('is not opened without credentials', async () => {
    const variables = {
      FIRESTORE_EMULATOR_HOST: undefined,
      GOOGLE_APPLICATION_CREDENTIALS: fromRoot('no-such-file.json'),
    };

    const failure = await withEnvironment(variables, () => rejection(openFirestore()));

    expect(failure).to.have.property('kind', 'unavailable');
    expect(String(failure)).to.include('Expected credentials for Firestore but found none');
  });
});
