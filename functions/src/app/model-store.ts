/** The store of models that HANGTAG_MODEL_STORE names. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '@hangtag/shared/config.js';
import type { ModelStore } from '@hangtag/shared/ports/model-store.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';

const IN_BUCKET = /^gs:\/\/([^/]+)\/?(.*?)\/?$/;

/** @param objects made only for a store in a bucket */
export async function modelStoreOf(
  { HANGTAG_MODEL_STORE: place }: Pick<Config, 'HANGTAG_MODEL_STORE'>,
  objects: () => Promise<ObjectStore>,
): Promise<ModelStore> {
  const [, bucket, prefix] = IN_BUCKET.exec(place) ?? [];
  if (bucket === undefined) {
    const { FolderModelStore } = await import('@hangtag/shared/inference/store/folder-model-store.js');
    return new FolderModelStore(place);
  }
  const { BucketModelStore } = await import('@hangtag/shared/inference/store/bucket-model-store.js');
  return new BucketModelStore({
    objects: await objects(),
    bucket,
    prefix: prefix ? `${prefix}/` : '',
    cacheDir: join(tmpdir(), 'hangtag-models'),
  });
}
