/**
 * Turns an event of the bucket into a change of one record, and into one message if the image must be labelled.
 *
 * The record is written before the message is sent: a message without a record has no effect, while a record without its
 * message is repaired by the event's redelivery or by the sweep.
 */
import {
  type Admission,
  type AdmissionPolicy,
  admit,
  annotationsOf,
  isOwnOutput,
  OVER_BUDGET,
} from '@hangtag/shared/domain/admission.js';
import { compareGenerations } from '@hangtag/shared/domain/generation.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { type ImageMessage, imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import {
  type Decision,
  nothing,
  type ObjectFacts,
  OVERWRITTEN,
  onAnnotated,
  onDeleted,
  onFinalized,
} from '@hangtag/shared/domain/transitions.js';
import { traceAttributes } from '@hangtag/shared/log.js';
import type { ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../records/compare-and-set.js';
import { messageFor, type Topics, topicFor } from '../records/enqueue.js';
import type { Outcome } from '../records/outcome.js';
import { isOverwritten } from '../records/overwritten.js';
import { type SpendGuard, UNLIMITED } from '../spend/guard.js';
import type { IngestCommand } from './command.js';
import { type Lanes, ONE_LANE } from './lanes.js';

export interface IngestPorts {
  readonly records: RecordStore;
  readonly publisher: Publisher;
  /** Not used for uploads. */
  readonly objects: Pick<ObjectStore, 'stat' | 'remove'>;
  readonly topics: Topics;
  /** Absent: one lane. */
  readonly lanes?: Lanes;
  readonly policy: AdmissionPolicy;
  /** Largest upload of a tenant. Absent: that of the policy. */
  readonly maxBytesOf?: (tenant: TenantId) => number;
  /** Absent: no budget. */
  readonly spendGuard?: SpendGuard;
}

export async function ingest(command: IngestCommand, ports: IngestPorts): Promise<Outcome> {
  const { imageId, bucket, name, generation } = imageMessageOf(command.object);
  return { ...outcomeOf(await apply(command, ports)), imageId, bucket, name, generation };
}

async function apply({ kind, object }: IngestCommand, ports: IngestPorts): Promise<Decision> {
  if (isOwnOutput(object)) return nothing('own-output');
  switch (kind) {
    case 'finalized':
      return recordUpload(object, ports);
    case 'deleted':
    case 'archived':
      return recordDeletion(object, ports);
    case 'metadataUpdated':
      return recordAnnotations(object, ports);
  }
}

async function recordUpload(object: StoredObject, ports: IngestPorts): Promise<Decision> {
  const { policy, spendGuard = UNLIMITED } = ports;
  const { tenant } = imageMessageOf(object);
  const maxBytes = ports.maxBytesOf?.(tenant) ?? policy.maxBytes;
  const admission = admit(object, { ...policy, maxBytes });
  if (admission.status !== 'queued') return recordAdmission(object, admission, ports);
  return spendGuard.spend(tenant, (isAllowed) =>
    recordAdmission(object, isAllowed ? admission : OVER_BUDGET, ports),
  );
}

async function recordAdmission(
  object: StoredObject,
  admission: Admission,
  { records, publisher, topics, lanes = ONE_LANE }: IngestPorts,
): Promise<Decision> {
  const message = imageMessageOf(object);
  const arrival = { ...factsOf(object), ...admission };
  const decision = await compareAndSet({ records, key: message }, undefined, (current) =>
    onFinalized(current, arrival),
  );
  const data = messageFor(decision, message);
  if (data === undefined) return decision;
  const { priority, uploadedAt } = arrival;
  const lane = priority === 'backfill' ? priority : lanes.countUpload(message.tenant, uploadedAt);
  await publisher.publish(topicFor(lane, topics), {
    data,
    ...traceAttributes(object.metadata['traceparent']),
  });
  return decision;
}

async function recordDeletion(object: StoredObject, { records, objects }: IngestPorts): Promise<Decision> {
  const message = imageMessageOf(object);
  await removeThumbnail(message, objects);
  if (await isOverwritten(objects, object)) return OVERWRITTEN;
  return compareAndSet({ records, key: message }, undefined, (current) =>
    onDeleted(current, factsOf(object)),
  );
}

async function removeThumbnail(message: ImageMessage, objects: IngestPorts['objects']): Promise<void> {
  const thumbnail = await objects.stat(message.bucket, thumbnailNameOf(message));
  if (thumbnail !== undefined) await objects.remove(thumbnail);
}

/**
 * Takes over an owner or a reference that was set after the upload. An event without either costs nothing; an event
 * with the values that the record already has costs one read.
 *
 * Events can arrive in any order, so the metadata is read from the bucket. If there is no record yet, or if it has an older
 * generation, this event arrived before the event of the upload and is processed like it.
 */
async function recordAnnotations(object: StoredObject, ports: IngestPorts): Promise<Decision> {
  const { owner, ref } = annotationsOf(object.metadata);
  if (owner === null && ref === null) return nothing('unchanged');
  const { records, objects } = ports;
  const key = imageMessageOf(object);
  const known = await records.get(key);
  const decision = known && onAnnotated(known.record, factsOf(object));
  if (decision?.kind === 'void' && decision.because !== 'not-recorded') return decision;
  const live = await objects.stat(object.bucket, object.name);
  if (live === undefined) return nothing('erased');
  if (known === undefined || compareGenerations(live.generation, known.record.generation) > 0) {
    return recordUpload(live, ports);
  }
  return compareAndSet({ records, key }, known, (current) => onAnnotated(current, factsOf(live)));
}

function factsOf({ metadata, ...object }: StoredObject): ObjectFacts {
  return { ...object, ...annotationsOf(metadata) };
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.kind === 'void') return { outcome: 'void', because: decision.because };
  const { status = 'annotated', reason } = decision.kind === 'create' ? decision.record : decision.change.set;
  return { outcome: status, reason };
}
