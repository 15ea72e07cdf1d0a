/**
 * One event of the bucket becomes one record, and one message where there is work. The record is written
 * first: a message without a record would be void, a record without its message is repaired by the event's
 * redelivery and, should that be lost too, by the sweep.
 */
import { type AdmissionPolicy, admit, annotationsOf } from '@hangtag/shared/domain/admission.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { type Arrival, type Decision, onDeleted, onFinalized } from '@hangtag/shared/domain/transitions.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../compare-and-set.js';
import { enqueue, type Topics, topicFor } from '../enqueue.js';
import type { Outcome } from '../outcome.js';
import type { IngestCommand } from './command.js';

export interface IngestPorts {
  readonly records: RecordStore;
  readonly publisher: Publisher;
  readonly topics: Topics;
  readonly policy: AdmissionPolicy;
}

export async function ingest({ kind, object }: IngestCommand, ports: IngestPorts): Promise<Outcome> {
  const arrival = arrivalOf(object, ports.policy);
  const message = imageMessageOf(object);
  const decision = await compareAndSet({ records: ports.records, key: message }, undefined, (current) =>
    kind === 'finalized' ? onFinalized(current, arrival) : onDeleted(current, arrival),
  );
  const topic = topicFor(arrival.priority, ports.topics);
  await enqueue(decision, message, { publisher: ports.publisher, topic });
  const { bucket, name, generation } = object;
  return { ...outcomeOf(decision), imageId: message.imageId, bucket, name, generation };
}

function arrivalOf(object: StoredObject, policy: AdmissionPolicy): Arrival {
  const { metadata, ...rest } = object;
  return { ...rest, ...annotationsOf(metadata), ...admit(object, policy) };
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.kind === 'void') return { outcome: 'void', because: decision.because };
  const { status = 'unknown', reason } = decision.kind === 'create' ? decision.record : decision.change.set;
  return { outcome: status, reason };
}
