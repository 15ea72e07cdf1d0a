/**
 * The lines of the journal. Each is one change that happens whole or not at all; the events it causes are part of
 * it, so an object never becomes durable without its events.
 */

import { z } from 'zod';
import { bucketRecordSchema, eventRecordSchema, objectRecordSchema } from './record.js';

const objectKey = z.object({ bucket: z.string(), name: z.string(), generation: z.string() });

export const journalEntrySchema = z.discriminatedUnion('kind', [
  /** The highest generation given out, so that none is given twice even where the clock went back. */
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
