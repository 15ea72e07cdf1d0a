/** The one place that knows how a record lies in Firestore: instants as timestamps, the embedding as a vector. */
import { type DocumentData, FieldValue, Timestamp } from '@google-cloud/firestore';
import { parseGeneration } from '../../domain/generation.js';
import type { Correction, ImageRecord } from '../../domain/record.js';
import type { Change, NewRecord } from '../../domain/transitions.js';

export function newDocument(record: NewRecord, retentionMs: number): DocumentData {
  const now = FieldValue.serverTimestamp();
  return { ...fieldsOf(record, retentionMs), queuedAt: now, updatedAt: now };
}

export function changedFields({ set, stamp }: Change, retentionMs: number): DocumentData {
  const now = FieldValue.serverTimestamp();
  return { ...fieldsOf(set, retentionMs), ...(stamp && { [stamp]: now }), updatedAt: now };
}

/** A whole record with the times it has: for data that is put back, and never what the pipeline writes. */
export function documentOf(record: ImageRecord, retentionMs: number): DocumentData {
  const { queuedAt, labeledAt, updatedAt, ...fields } = record;
  return {
    ...fieldsOf(fields, retentionMs),
    queuedAt: Timestamp.fromMillis(queuedAt),
    labeledAt: labeledAt === null ? null : Timestamp.fromMillis(labeledAt),
    updatedAt: Timestamp.fromMillis(updatedAt),
  };
}

/** Documents are ours, guarded by the rules; what clients may write, the correction, is checked there. */
export function recordOf(document: DocumentData): ImageRecord {
  const { expireAt, ...fields } = document;
  return {
    ...(fields as ImageRecord),
    generation: parseGeneration(document['generation']),
    embedding: document['embedding']?.toArray() ?? null,
    correction: correctionOf(document['correction']),
    uploadedAt: millisOf(document['uploadedAt']) ?? 0,
    queuedAt: millisOf(document['queuedAt']) ?? 0,
    labeledAt: millisOf(document['labeledAt']),
    updatedAt: millisOf(document['updatedAt']) ?? 0,
  };
}

/** `expireAt` is for the database's TTL policy: https://cloud.google.com/firestore/docs/ttl */
function fieldsOf(fields: Partial<NewRecord>, retentionMs: number): DocumentData {
  const { uploadedAt, embedding, correction, ...plain } = fields;
  return {
    ...plain,
    ...(uploadedAt !== undefined && {
      uploadedAt: Timestamp.fromMillis(uploadedAt),
      expireAt: Timestamp.fromMillis(uploadedAt + retentionMs),
    }),
    ...(embedding !== undefined && { embedding: embedding && FieldValue.vector([...embedding]) }),
    ...(correction !== undefined && {
      correction: correction && { ...correction, at: Timestamp.fromMillis(correction.at) },
    }),
  };
}

function correctionOf(field: unknown): Correction | null {
  if (field === null || typeof field !== 'object') return null;
  const { at, ...rest } = field as Omit<Correction, 'at'> & { readonly at: unknown };
  return { ...rest, at: millisOf(at) ?? 0 };
}

function millisOf(field: unknown): number | null {
  return field instanceof Timestamp ? field.toMillis() : null;
}
