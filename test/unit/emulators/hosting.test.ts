/** Firebase Hosting serves the page with the headers of the local server, and with settings of the emulators of firebase.json. */
import { readFileSync } from 'node:fs';
import { GOOGLE_ORIGINS, pageHeaders } from '@hangtag/emulators/page/page-headers.js';
import { TEST_USERS } from '@hangtag/emulators/page/page-server.js';
import { EMULATED_BUCKET } from '@hangtag/functions/platform/parameters.js';
import { expect } from 'chai';
import { fromRoot } from '../../fixtures/paths.js';

const jsonOf = (file: string) => JSON.parse(readFileSync(fromRoot(file), 'utf8'));

describe('Firebase Hosting', () => {
  const { hosting, emulators } = jsonOf('firebase.json');
  const hosts = [emulators.firestore, emulators.storage].map(({ port }) => `127.0.0.1:${port}`);

  it('sends the headers that the server of npm start sends, for production and the emulators', () => {
    const everywhere = hosting.headers.find(({ source }: { source: string }) => source === '**');

    const sent = Object.fromEntries(
      everywhere.headers.map(({ key, value }: { key: string; value: string }) => [key, value]),
    );
    expect(sent).to.deep.equal(
      pageHeaders({ pictures: [...GOOGLE_ORIGINS, `http://${hosts[1]}`], others: [`http://${hosts[0]}`] }),
    );
  });

  it('gives the page the addresses of the emulators, the test users and the labels of the model', () => {
    const settings = jsonOf('web/public/hangtag.json');

    const [firestoreEmulator, storageEmulator] = hosts;
    expect(settings).to.deep.equal({
      projectId: jsonOf('.firebaserc').projects.default,
      bucket: EMULATED_BUCKET,
      labels: jsonOf('models/fashion-mobilenetv2/manifest.json').labels,
      firestoreEmulator,
      storageEmulator,
      users: TEST_USERS,
    });
  });
});
