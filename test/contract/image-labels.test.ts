/** The documents of the extension "Label Images with Cloud Vision AI", on Google's Firestore emulator. */

import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { declareImageLabels } from '@hangtag/functions/platform/declare-image-labels.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { expect } from 'chai';
import { aLabelledRecord } from '../fixtures/records.js';
import { withEnvironment } from '../support/environment.js';
import { emulator, freshProject } from '../support/shared-emulators.js';

describe('The documents of the old collection', () => {
  const projectId = freshProject('image-labels');
  let host: string;

  before(async function () {
    ({ host } = await emulator('firestore', this));
  });

  it('are written for a labelled image, and removed when it is erased, also if an older event comes late', async () => {
    const { run } = declareImageLabels({ collection: 'imageLabels' }, 'europe-west1') as unknown as {
      run(event: object): Promise<void>;
    };
    const firestore = ownerClient({ host, projectId });
    const variables = { FIRESTORE_EMULATOR_HOST: host, GOOGLE_CLOUD_PROJECT: projectId };
    const store = (record: ImageRecord) =>
      firestore.doc('tenants/acme/images/one').set(documentOf(record, 1));
    const send = (record: ImageRecord) =>
      withEnvironment(variables, () =>
        run({
          data: { after: { data: () => documentOf(record, 1) } },
          params: { tenant: 'acme', image: 'one' },
        }),
      );
    const labelled = aLabelledRecord();
    const erased = { ...labelled, status: 'deleted', name: '' } as const;
    const written = async () => (await firestore.doc('imageLabels/one').get()).data();

    await store(labelled);
    await send(labelled);
    expect(await written()).to.deep.equal({
      file: `gs://${labelled.bucket}/${labelled.name}`,
      labels: labelled.labels.map(({ label }) => label),
    });

    await store(erased);
    await send(erased);
    expect(await written()).to.equal(undefined);

    await send(labelled);
    expect(await written()).to.equal(undefined);
    await firestore.terminate();
  });
});
