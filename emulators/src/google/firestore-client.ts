import { Firestore } from '@google-cloud/firestore';

/** A client of the emulator to which no security rules apply, like the service accounts of the functions in the cloud. */
export function ownerClient({
  host,
  projectId,
}: {
  readonly host: string;
  readonly projectId: string;
}): Firestore {
  return new Firestore({ projectId, host, ssl: false, customHeaders: { Authorization: 'Bearer owner' } });
}
