import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from '@google-cloud/storage';
import { PROJECT_ROOT } from './project-root.js';

/** The CORS configuration of the bucket in production: pages send pictures to signed URLs. */
const CORS_FILE = join(PROJECT_ROOT, 'deploy', 'cors', 'images-bucket.json');

/**
 * Creates the bucket, unless it exists.
 *
 * @param origins of the pages that may use signed URLs of the bucket
 */
export async function createBucket(
  storage: Storage,
  name: string,
  origins: readonly string[],
): Promise<void> {
  const bucket = storage.bucket(name);
  await bucket.create().catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 409)) throw error;
  });
  const rules: readonly object[] = JSON.parse(await readFile(CORS_FILE, 'utf8'));
  await bucket.setCorsConfiguration(rules.map((rule) => ({ ...rule, origin: [...origins] })));
}
