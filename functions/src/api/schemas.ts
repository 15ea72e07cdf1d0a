/** Schemas that several routes share. */
import { commonPrefixOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import { z } from '@hono/zod-openapi';
import { FormFile } from './form-body.js';
import { LongText } from './json-body.js';

/** Pictures of one request. */
export const MAX_BATCH = 100;

export const Category = z.string().openapi({ example: 'Handbags' });
export const Probability = z
  .number()
  .min(0)
  .max(1)
  .openapi({ description: 'Calibrated probability, 0 to 1' });
export const Timestamp = z.iso.datetime().openapi({ description: 'RFC 3339, in UTC' });

export function timeOf(epochMs: number): string {
  return new Date(epochMs).toISOString();
}

export function timeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : timeOf(epochMs);
}

/** Of the names of images that a request is about. */
export const Prefix = z
  .string()
  .max(900)
  .default('')
  .openapi({ description: 'Only names that begin with it' });

/** The folder of the tenant is put before a prefix that does not have it. */
export function withinFolderOf(tenant: TenantId, prefix: string): string {
  const folder = commonPrefixOf(tenant);
  return prefix.startsWith(folder) ? prefix : `${folder}${prefix}`;
}

/** A file of a multipart form. */
export const UploadedFile = z
  .instanceof(FormFile, { message: 'Expected one file, with a file name' })
  .openapi({
    type: 'string',
    format: 'binary',
    description: 'A picture; its format is detected from its bytes',
  });

const BASE64_PICTURE = {
  type: 'string',
  minLength: 1,
  description: 'A picture in base64, or a data URL',
  example: 'data:image/jpeg;base64,/9j/4AAQ...',
} as const;

/** A picture of a body in JSON. */
export const Base64Picture = z
  .custom<string | LongText>(
    (value) => value instanceof LongText || (typeof value === 'string' && value !== ''),
    {
      message: 'Expected a picture in base64',
    },
  )
  .openapi(BASE64_PICTURE);

/** One of several pictures, each of which has its own outcome: what is no text fails alone, when it is decoded. */
export const BatchPicture = z.unknown().openapi(BASE64_PICTURE);
