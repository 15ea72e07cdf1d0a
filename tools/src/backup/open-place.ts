import { resolve } from 'node:path';
import type { Bucket } from '@google-cloud/storage';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { parseConfig } from '@hangtag/shared/config.js';
import type { Place } from './backup.js';
import { DocumentDatabase } from './documents.js';

/** The bucket and the database that the environment names: call it after `chooseTarget`. */
export function openPlace(folder: string, bucketName: string | undefined): Place {
  const bucket: Bucket = storageClient().bucket(bucketName ?? parseConfig(process.env).HANGTAG_BUCKET);
  return { folder: resolve(folder), bucket, database: new DocumentDatabase() };
}
