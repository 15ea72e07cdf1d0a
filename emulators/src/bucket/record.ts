/** What is kept of a bucket, an object and an event. These shapes are written to disk: only ever add to them. */

import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { z } from 'zod';

const generation = z.string().transform((text) => parseGeneration(text));
const time = z.string();

/** The name of a content file: 128 random bits in hex. */
export const contentIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'ContentId'>();
export type ContentId = z.infer<typeof contentIdSchema>;

/** What a client may set on an object. */
export const settingsSchema = z.object({
  contentType: z.string().optional(),
  contentEncoding: z.string().optional(),
  contentLanguage: z.string().optional(),
  contentDisposition: z.string().optional(),
  cacheControl: z.string().optional(),
  storageClass: z.string().optional(),
  customTime: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});
export type ObjectSettings = z.infer<typeof settingsSchema>;

export const objectRecordSchema = z.object({
  bucket: z.string(),
  name: z.string(),
  generation,
  metageneration: z.number().int().positive(),
  contentId: contentIdSchema,
  sizeBytes: z.number().int().nonnegative(),
  crc32c: z.string(),
  /** Absent on composed objects, as in production. */
  md5Hash: z.string().optional(),
  componentCount: z.number().int().positive().optional(),
  timeCreated: time,
  updated: time,
  /** When a versioned object stopped being the live one. */
  noncurrentSince: time.optional(),
  settings: settingsSchema,
});
export type ObjectRecord = z.infer<typeof objectRecordSchema>;

export const bucketRecordSchema = z.object({
  name: z.string(),
  metageneration: z.number().int().positive(),
  timeCreated: time,
  updated: time,
  /** Kept and shown as given; of these only `versioning.enabled` changes what the server does. */
  settings: z.record(z.string(), z.unknown()),
});
export type BucketRecord = z.infer<typeof bucketRecordSchema>;

export const OBJECT_EVENT_TYPES = ['finalized', 'deleted', 'metadataUpdated', 'archived'] as const;
export type ObjectEventType = (typeof OBJECT_EVENT_TYPES)[number];

export const eventRecordSchema = z.object({
  id: z.string(),
  type: z.enum(OBJECT_EVENT_TYPES),
  time,
  record: objectRecordSchema,
  /** As in Pub/Sub notifications: `overwroteGeneration`, `overwrittenByGeneration`. */
  attributes: z.record(z.string(), z.string()),
});
export type EventRecord = z.infer<typeof eventRecordSchema>;
