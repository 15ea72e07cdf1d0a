/** How a record is stored in Firestore: instants as timestamps, embedding and vector as vectors. */
import {
  type DocumentData,
  FieldValue,
  type QueryDocumentSnapshot,
  Timestamp,
  VectorValue,
} from '@google-cloud/firestore';
import type { ImageRecord } from '../../domain/record.js';
import { parseRecord, RECORD_FIELDS } from '../../domain/stored-record.js';
import type { Change, NewRecord } from '../../domain/transitions.js';
import { type FaultLog, readable } from '../unreadable.js';

export function newDocument(record: NewRecord, retentionMs: number): DocumentData {
  const now = FieldValue.serverTimestamp();
  return { queuedAt: now, ...fieldsOf(record, retentionMs), updatedAt: now };
}

export function changedFields({ set, stamp }: Change, retentionMs: number): DocumentData {
  const now = FieldValue.serverTimestamp();
  return { ...fieldsOf(set, retentionMs), ...(stamp && { [stamp]: now }), updatedAt: now };
}

/** A whole record with the times that it has. For restored data and for tests: the pipeline has the server stamp times. */
export function documentOf(record: ImageRecord, retentionMs: number): DocumentData {
  const { queuedAt, labeledAt, updatedAt, ...fields } = record;
  return {
    ...fieldsOf(fields, retentionMs),
    queuedAt: queuedAt === null ? null : Timestamp.fromMillis(queuedAt),
    labeledAt: labeledAt === null ? null : Timestamp.fromMillis(labeledAt),
    updatedAt: Timestamp.fromMillis(updatedAt),
  };
}

/** @throws {InputError} a field is not of its type: clients write corrections into records */
export function recordOf(document: DocumentData): ImageRecord {
  return fieldsIn(document, RECORD_FIELDS);
}

/** Some fields of a record, if a query selected only these. @throws {InputError} as `recordOf` */
export function fieldsIn<Field extends keyof ImageRecord>(
  document: DocumentData,
  fields: readonly Field[],
): Pick<ImageRecord, Field> {
  return parseRecord(document, fields, plain);
}

/** @returns undefined if the document is not a record, which is logged */
export function readSnapshot<Field extends keyof ImageRecord>(
  snapshot: QueryDocumentSnapshot,
  fields: readonly Field[],
  log: FaultLog,
): Pick<ImageRecord, Field> | undefined {
  return readable(snapshot.ref.path, () => fieldsIn(snapshot.data(), fields), log);
}

/** `expireAt` is for the database's TTL policy: https://cloud.google.com/firestore/docs/ttl */
function fieldsOf(fields: Partial<NewRecord>, retentionMs: number): DocumentData {
  const { uploadedAt, embedding, vector, correction, ...others } = fields;
  return {
    ...others,
    ...(uploadedAt !== undefined && {
      uploadedAt: Timestamp.fromMillis(uploadedAt),
      expireAt: Timestamp.fromMillis(uploadedAt + retentionMs),
    }),
    ...(embedding !== undefined && { embedding: embedding && FieldValue.vector([...embedding]) }),
    ...(vector !== undefined && { vector: vector && FieldValue.vector([...vector]) }),
    ...(correction !== undefined && {
      correction: correction && { ...correction, at: Timestamp.fromMillis(correction.at) },
    }),
  };
}

/** Firestore's own types as the domain has them; every other value as it is, for the check of its field. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Timestamp) return value.toMillis();
  if (value instanceof VectorValue) return value.toArray();
  // A correction holds an instant.
  return 'at' in value && !Array.isArray(value) ? { ...value, at: plain(value.at) } : value;
}
