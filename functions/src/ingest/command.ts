import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { z } from 'zod';

/** The events of a bucket, as Cloud Storage names them. In a versioned bucket a deletion is `archived`. */
export type ObjectEventKind = 'finalized' | 'deleted' | 'archived' | 'metadataUpdated';

export interface IngestCommand {
  readonly kind: ObjectEventKind;
  readonly object: StoredObject;
}

/**
 * The object resource of a storage event: https://cloud.google.com/storage/docs/json_api/v1/objects. Production sends
 * numbers as strings, some emulators as numbers.
 */
const objectResource = z.object({
  bucket: z.string().min(1),
  // Cloud Storage allows UTF-8 names only. All names with half a surrogate pair would have the same document.
  name: z
    .string()
    .min(1)
    .refine((name) => name.isWellFormed()),
  generation: z.union([z.string(), z.number()]).transform((value) => parseGeneration(value)),
  size: z.coerce.number().int().nonnegative().default(0),
  contentType: z.string().default(''),
  md5Hash: z.string().default(''),
  timeCreated: z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  metadata: z.record(z.string(), z.string()).default({}),
});

/**
 * @param bucket the configured bucket
 * @throws {InputError} the event has another form, or is of another bucket
 */
export function ingestCommand(kind: ObjectEventKind, data: unknown, bucket: string): IngestCommand {
  const { timeCreated: uploadedAt, ...object } = parsed(kind, data);
  if (object.bucket !== bucket) {
    throw new InputError(`Expected bucket "${bucket}" for the ${kind} event but received "${object.bucket}"`);
  }
  return { kind, object: { ...object, uploadedAt } };
}

function parsed(kind: ObjectEventKind, data: unknown): z.infer<typeof objectResource> {
  try {
    return objectResource.parse(data);
  } catch (error) {
    throw new InputError(`Expected a storage object for the ${kind} event but received another form`, {
      cause: error,
    });
  }
}
