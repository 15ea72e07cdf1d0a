import { Firestore } from '@google-cloud/firestore';

/** A client of the emulator that passes the rules by, as the functions' service accounts do in the cloud. */
export function ownerClient({
  host,
  projectId,
}: {
  readonly host: string;
  readonly projectId: string;
}): Firestore {
  return new Firestore({ projectId, host, ssl: false, customHeaders: { Authorization: 'Bearer owner' } });
}
