/** The one place that knows how a record lies in Firestore: instants as timestamps, the embedding as a vector. */
import { type DocumentData, FieldValue, Timestamp } from '@google-cloud/firestore';
import { parseGeneration } from '../../domain/generation.js';
import type { Correction, ImageRecord } from '../../domain/record.js';
import type { Change, NewRecord } from '../../domain/transitions.js';

export function newDocument(record: NewRecord): DocumentData {
  const now = FieldValue.serverTimestamp();
  return { ...fieldsOf(record), queuedAt: now, updatedAt: now };
}

export function changedFields({ set, stamp }: Change): DocumentData {
  const now = FieldValue.serverTimestamp();
  return { ...fieldsOf(set), ...(stamp && { [stamp]: now }), updatedAt: now };
}

/** Documents are ours, guarded by the rules; what clients may write, the correction, is checked there. */
export function recordOf(document: DocumentData): ImageRecord {
  return {
    ...(document as ImageRecord),
    generation: parseGeneration(document['generation']),
    embedding: document['embedding']?.toArray() ?? null,
    correction: correctionOf(document['correction']),
    uploadedAt: millisOf(document['uploadedAt']) ?? 0,
    queuedAt: millisOf(document['queuedAt']) ?? 0,
    labeledAt: millisOf(document['labeledAt']),
    updatedAt: millisOf(document['updatedAt']) ?? 0,
  };
}

function fieldsOf(fields: Partial<NewRecord>): DocumentData {
  const { uploadedAt, embedding, correction, ...plain } = fields;
  return {
    ...plain,
    ...(uploadedAt !== undefined && { uploadedAt: Timestamp.fromMillis(uploadedAt) }),
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
