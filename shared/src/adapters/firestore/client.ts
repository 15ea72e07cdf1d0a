/**
 * Firestore's client, for dynamic imports. In a bundle, a CommonJS package that is imported dynamically has only its default
 * export; this module has the named one.
 */
import firestorePackage, { Firestore } from '@google-cloud/firestore';
import { UnavailableError } from '../../errors.js';

/**
 * Looks for credentials before the first call. Without them, each call of the client rejects, and another promise that nobody
 * handles rejects too: functions-framework then answers the open request itself, with plain text.
 *
 * @throws {UnavailableError} there are no credentials
 */
export async function openFirestore(): Promise<Firestore> {
  if (process.env['FIRESTORE_EMULATOR_HOST'] === undefined) {
    await new firestorePackage.v1.FirestoreClient().auth.getClient().catch((cause: unknown) => {
      throw new UnavailableError(`Expected credentials for Firestore but found none: ${String(cause)}`, {
        cause,
      });
    });
  }
  return new Firestore();
}
