/**
 * One event of the bucket becomes one record, and one message where there is work. The record is written
 * first: a message without a record would be void, a record without its message is repaired by the event's
 * redelivery and, should that be lost too, by the sweep.
 */
import {
  type Admission,
  type AdmissionPolicy,
  admit,
  annotationsOf,
  OVER_BUDGET,
} from '@hangtag/shared/domain/admission.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { type Arrival, type Decision, onDeleted, onFinalized } from '@hangtag/shared/domain/transitions.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../compare-and-set.js';
import { enqueue, type Topics, topicFor } from '../enqueue.js';
import type { Outcome } from '../outcome.js';
import type { SpendGuard } from '../spend/guard.js';
import type { IngestCommand } from './command.js';

export interface IngestPorts {
  readonly records: RecordStore;
  readonly publisher: Publisher;
  readonly topics: Topics;
  readonly policy: AdmissionPolicy;
  /** Absent where no budget is set. */
  readonly spendGuard?: SpendGuard;
}

export async function ingest({ kind, object }: IngestCommand, ports: IngestPorts): Promise<Outcome> {
  const message = imageMessageOf(object);
  const admission = await admissionOf({ kind, object }, message.tenant, ports);
  const arrival = arrivalOf(object, admission);
  const decision = await compareAndSet({ records: ports.records, key: message }, undefined, (current) =>
    kind === 'finalized' ? onFinalized(current, arrival) : onDeleted(current, arrival),
  );
  const topic = topicFor(arrival.priority, ports.topics);
  await enqueue(decision, message, { publisher: ports.publisher, topic });
  const { bucket, name, generation } = object;
  return { ...outcomeOf(decision), imageId: message.imageId, bucket, name, generation };
}

/** What the door says, and where it would let an image in, whether today's budget does too. */
async function admissionOf(
  { kind, object }: IngestCommand,
  tenant: TenantId,
  { policy, spendGuard }: IngestPorts,
): Promise<Admission> {
  const admission = admit(object, policy);
  if (kind === 'deleted' || admission.status !== 'queued' || spendGuard === undefined) return admission;
  return (await spendGuard.allows(tenant)) ? admission : OVER_BUDGET;
}

function arrivalOf({ metadata, ...object }: StoredObject, admission: Admission): Arrival {
  return { ...object, ...annotationsOf(metadata), ...admission };
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.kind === 'void') return { outcome: 'void', because: decision.because };
  const { status = 'unknown', reason } = decision.kind === 'create' ? decision.record : decision.change.set;
  return { outcome: status, reason };
}
