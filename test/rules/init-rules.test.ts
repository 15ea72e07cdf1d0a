/** The rules that `npx hangtag init` makes of a project's, on the Firestore emulator. */
import { readFileSync } from 'node:fs';
import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
  type RulesTestEnvironment,
} from '@firebase/rules-unit-testing';
import { addRules } from '@hangtag/functions/init/add-rules.js';
import { doc, getDoc, setLogLevel } from 'firebase/firestore';
import { fromRoot } from '../fixtures/paths.js';
import { emulator, freshProject } from '../support/shared-emulators.js';

/** Both files declare `isMember`. */
const PROJECT_RULES = `rules_version = '2';
service cloud.firestore {
  match /databases/{database}/documents {
    function isMember(club) {
      return request.auth.token.club == club;
    }
    match /orders/{order} {
      allow read: if isMember('chess');
    }
  }
}
`;

describe("The rules of a project with Hangtag's", () => {
  let environment: RulesTestEnvironment;

  before(async function () {
    const { host } = await emulator('firestore', this);
    setLogLevel('silent');
    const shipped = readFileSync(fromRoot('firestore.rules'), 'utf8');
    const [name = '', port] = host.split(':');
    environment = await initializeTestEnvironment({
      projectId: freshProject('init-rules'),
      firestore: {
        host: name,
        port: Number(port),
        rules: addRules(PROJECT_RULES, shipped, 'firestore.rules'),
      },
    });
  });
  after(() => environment?.cleanup());

  const read = (path: string, claims: Readonly<Record<string, string>>) =>
    getDoc(doc(environment.authenticatedContext('person', claims).firestore(), path));

  it('allow what each of them allows, and nothing else', async () => {
    await assertSucceeds(read('orders/one', { club: 'chess' }));
    await assertFails(read('orders/one', { tenant: 'default' }));
    await assertSucceeds(read('tenants/default/images/one', { tenant: 'default' }));
    await assertFails(read('tenants/default/images/one', { tenant: 'acme', club: 'chess' }));
  });
});
