import type { Firestore } from '@google-cloud/firestore';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { emulator, freshProject } from './shared-emulators.js';

const START_MS = 60_000;

/** A client of Firestore's emulator, with an empty project of its own. Without the emulator, the test is skipped. */
export async function emulatedFirestore(name: string, context: Mocha.Context): Promise<Firestore> {
  context.timeout(START_MS);
  const { host } = await emulator('firestore', context);
  return ownerClient({ host, projectId: freshProject(name) });
}

/** Sets up a suite of tests that each want an empty project. @returns a function that makes its client, in a test */
export function freshFirestores(name: string): () => Firestore {
  const clients: Firestore[] = [];
  let host: string;

  before(async function () {
    this.timeout(START_MS);
    host = (await emulator('firestore', this)).host;
  });

  after(() => Promise.all(clients.map((client) => client.terminate())));

  return () => {
    const client = ownerClient({ host, projectId: freshProject(name) });
    clients.push(client);
    return client;
  };
}
