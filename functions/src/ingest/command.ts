import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { z } from 'zod';

export interface IngestCommand {
  readonly kind: 'finalized' | 'deleted';
  readonly object: StoredObject;
}

/**
 * The object resource of a storage event: https://cloud.google.com/storage/docs/json_api/v1/objects. Numbers
 * arrive as strings from production and as numbers from some emulators.
 */
const objectResource = z.object({
  bucket: z.string().min(1),
  // Cloud Storage has UTF-8 names only; half a surrogate pair would share its document with every other.
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

/** @throws {InputError} */
export function ingestCommand(kind: IngestCommand['kind'], data: unknown): IngestCommand {
  try {
    const { timeCreated: uploadedAt, ...object } = objectResource.parse(data);
    return { kind, object: { ...object, uploadedAt } };
  } catch (error) {
    throw new InputError(`Expected a storage object for the ${kind} event but received another form`, {
      cause: error,
    });
  }
}
