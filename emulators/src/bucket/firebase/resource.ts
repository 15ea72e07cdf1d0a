import type { ObjectRecord } from '../record.js';
import { etagOf } from '../resource.js';
import { TOKENS_KEY, tokensOf } from './tokens.js';

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
