import { resolve } from 'node:path';
import { modelStoreOf } from '@hangtag/functions/app/model-store.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { parseConfig } from '@hangtag/shared/config.js';
import type { Place } from './backup.js';
import { DocumentDatabase } from './documents.js';

export interface PlaceOptions {
  /** The target's if absent. */
  readonly bucket: string | undefined;
  readonly project: string | undefined;
}

/** The bucket, the database and the models that the environment names: call it after `chooseTarget`. */
export async function openPlace(folder: string, { bucket, project }: PlaceOptions): Promise<Place> {
  const config = parseConfig(process.env);
  const storage = storageClient();
  // Without the address of its bucket, the folder of this machine would stand for the models of the project.
  const isKnown = project === undefined || config.HANGTAG_MODEL_STORE.startsWith('gs://');
  return {
    folder: resolve(folder),
    bucket: storage.bucket(bucket ?? config.HANGTAG_BUCKET),
    database: new DocumentDatabase(),
    models: isKnown ? await modelStoreOf(config, async () => new GcsObjectStore(storage)) : undefined,
  };
}

/** How many models there are, or why none is copied. */
export function modelsText(models: number | null): string {
  return models === null
    ? 'no models, because HANGTAG_MODEL_STORE=gs://BUCKET is not set'
    : `${models} versions of models`;
}
