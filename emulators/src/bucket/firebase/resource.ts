import type { ObjectRecord } from '../record.js';
import { etagOf } from '../resource.js';

/** Firebase keeps the download tokens of an object in its custom metadata, separated by commas. */
export const TOKENS_KEY = 'firebaseStorageDownloadTokens';

export function tokensOf({ settings }: ObjectRecord): readonly string[] {
  return settings.metadata?.[TOKENS_KEY]?.split(',').filter((token) => token !== '') ?? [];
}

/** A record in the format of Firebase's API. The tokens are a field of their own. */
export function firebaseResource(record: ObjectRecord): object {
  const { [TOKENS_KEY]: _tokens, ...metadata } = record.settings.metadata ?? {};
  return {
    name: record.name,
    bucket: record.bucket,
    generation: record.generation,
    metageneration: String(record.metageneration),
    size: String(record.sizeBytes),
    md5Hash: record.md5Hash,
    crc32c: record.crc32c,
    etag: etagOf(record),
    timeCreated: record.timeCreated,
    updated: record.updated,
    storageClass: 'STANDARD',
    contentDisposition: 'inline',
    ...record.settings,
    metadata: Object.keys(metadata).length > 0 ? metadata : undefined,
    downloadTokens: tokensOf(record).join(','),
  };
}
