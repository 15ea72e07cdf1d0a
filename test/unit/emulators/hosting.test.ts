/** Firebase Hosting serves the page with headers and settings for the emulators of firebase.json and for production. */
import { readFileSync } from 'node:fs';
import { hostingHeaders } from '@hangtag/emulators/page/page-headers.js';
import { emulatorsOf } from '@hangtag/emulators/suite/hosting.js';
import { EMULATED_BUCKET } from '@hangtag/functions/platform/parameters.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';

const jsonOf = (file: string) => JSON.parse(readFileSync(fromRoot(file), 'utf8'));

describe('Firebase Hosting', () => {
  const { hosting, emulators } = jsonOf('firebase.json');
  const [firestore, storage, auth] = [emulators.firestore.port, emulators.storage.port, emulators.auth.port];

  it('sends headers for production and the emulators', () => {
    const everywhere = hosting.headers.find(({ source }: { source: string }) => source === '**');

    const sent = Object.fromEntries(
      everywhere.headers.map(({ key, value }: { key: string; value: string }) => [key, value]),
    );
    expect(sent).to.deep.equal(hostingHeaders({ firestore, storage, auth }));
  });

  it('gives the page the addresses of the emulators and the labels of the model, and no test users', () => {
    const settings = jsonOf('web/public/hangtag.json');

    expect(settings).to.deep.equal({
      projectId: jsonOf('.firebaserc').projects.default,
      bucket: EMULATED_BUCKET,
      labels: jsonOf('models/fashion-mobilenetv2/manifest.json').labels,
      ...emulatorsOf({ firestore, storage, auth }),
    });
  });
});
