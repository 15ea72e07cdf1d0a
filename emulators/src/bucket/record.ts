/**
 * Buckets, objects and events as they are written to disk, and the lines of the journal. Fields may be added and never
 * changed or removed.
 */

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

/** The fields that a client may set. */
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

const objectRecordSchema = z.object({
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
  /** When a versioned object became noncurrent. */
  noncurrentSince: time.optional(),
  settings: settingsSchema,
});
export type ObjectRecord = z.infer<typeof objectRecordSchema>;

const bucketRecordSchema = z.object({
  name: z.string(),
  metageneration: z.number().int().positive(),
  timeCreated: time,
  updated: time,
  /** Stored and returned unchanged. Only `versioning.enabled` changes what the server does. */
  settings: z.record(z.string(), z.unknown()),
});
export type BucketRecord = z.infer<typeof bucketRecordSchema>;

const OBJECT_EVENT_TYPES = ['finalized', 'deleted', 'metadataUpdated', 'archived'] as const;
export type ObjectEventType = (typeof OBJECT_EVENT_TYPES)[number];

const eventRecordSchema = z.object({
  id: z.string(),
  type: z.enum(OBJECT_EVENT_TYPES),
  time,
  record: objectRecordSchema,
  /** `overwroteGeneration`, `overwrittenByGeneration`, as in Pub/Sub notifications. */
  attributes: z.record(z.string(), z.string()),
});
export type EventRecord = z.infer<typeof eventRecordSchema>;

const objectKey = z.object({ bucket: z.string(), name: z.string(), generation: z.string() });

/** One line of the journal is one atomic change. An object and its events are on one line, so neither is kept alone. */
export const journalEntrySchema = z.discriminatedUnion('kind', [
  /** The highest generation used, so that none is used twice, even if the system clock was set back. */
  z.object({ kind: z.literal('clock'), lastGeneration: z.string() }),
  z.object({ kind: z.literal('bucket'), bucket: bucketRecordSchema }),
  z.object({ kind: z.literal('bucket-deleted'), name: z.string() }),
  /** Removals are applied before puts. */
  z.object({
    kind: z.literal('objects'),
    removals: z.array(objectKey),
    puts: z.array(objectRecordSchema),
    events: z.array(eventRecordSchema),
  }),
  z.object({ kind: z.literal('acknowledged'), eventId: z.string() }),
]);
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type ObjectsEntry = Extract<JournalEntry, { kind: 'objects' }>;
