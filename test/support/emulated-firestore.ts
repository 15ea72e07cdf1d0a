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
