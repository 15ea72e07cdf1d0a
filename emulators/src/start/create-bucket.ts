import type { Storage } from '@google-cloud/storage';

/** Creates the bucket. One that exists already stays as it is. */
export async function createBucket(storage: Storage, name: string): Promise<void> {
  await storage
    .bucket(name)
    .create()
    .catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 409)) throw error;
    });
}
