import type { Storage } from '@google-cloud/storage';

/** Creates the bucket, unless it exists. */
export async function createBucket(storage: Storage, name: string): Promise<void> {
  await storage
    .bucket(name)
    .create()
    .catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 409)) throw error;
    });
}
