/** Firebase's web SDK on a bucket server, for a user, an administrator or nobody. */
import { deleteApp, initializeApp } from 'firebase/app';
import { connectStorageEmulator, type FirebaseStorage, getStorage } from 'firebase/storage';

/** `owner` is the token of an administrator on an emulator. */
export type Identity = Claims | 'owner' | undefined;

type Claims = {
  readonly sub: string;
  readonly tenant?: string;
  /** Seconds. The token expires an hour later; without a time, never. */
  readonly iat?: number;
  readonly aud?: string;
};

/** An unsigned token, as the SDK makes it from `mockUserToken`. */
export function tokenOf({ iat = 0, aud = PROJECT, ...claims }: Claims): string {
  const payload = Buffer.from(JSON.stringify({ iat, exp: iat + 3600, aud, ...claims }));
  return `e30.${payload.toString('base64url')}.`;
}

const PROJECT = 'demo-hangtag';

export interface StorageApps {
  as(identity: Identity): FirebaseStorage;
  /** Ends all clients. */
  close(): Promise<void>;
}

export function storageApps(port: number, bucket: string): StorageApps {
  const apps: ReturnType<typeof initializeApp>[] = [];
  return {
    as: (identity) => {
      const app = initializeApp({ projectId: PROJECT, storageBucket: bucket }, `app-${apps.length}-${port}`);
      apps.push(app);
      const storage = getStorage(app);
      connectStorageEmulator(storage, '127.0.0.1', port, identity && { mockUserToken: identity });
      return storage;
    },
    close: async () => {
      await Promise.all(apps.splice(0).map(deleteApp));
    },
  };
}

/** The code of an SDK error, or `ok`. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
