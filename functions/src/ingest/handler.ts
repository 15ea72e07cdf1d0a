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
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import {
  type Arrival,
  type Decision,
  OVERWRITTEN,
  onDeleted,
  onFinalized,
} from '@hangtag/shared/domain/transitions.js';
import type { ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../compare-and-set.js';
import { enqueue, type Topics, topicFor } from '../enqueue.js';
import type { Outcome } from '../outcome.js';
import { isOverwritten } from '../overwritten.js';
import { type SpendGuard, UNLIMITED } from '../spend/guard.js';
import type { IngestCommand } from './command.js';
import { type Lanes, ONE_LANE } from './lanes.js';

export interface IngestPorts {
  readonly records: RecordStore;
  readonly publisher: Publisher;
  /** Asked only about what was deleted. */
  readonly objects: Pick<ObjectStore, 'stat'>;
  readonly topics: Topics;
  /** Absent where nobody waits behind a tenant's surge. */
  readonly lanes?: Lanes;
  readonly policy: AdmissionPolicy;
  /** Absent where no budget is set. */
  readonly spendGuard?: SpendGuard;
}

export async function ingest(command: IngestCommand, ports: IngestPorts): Promise<Outcome> {
  const { bucket, name, generation } = command.object;
  const message = imageMessageOf(command.object);
  const { policy, spendGuard = UNLIMITED } = ports;
  const admission = admit(command.object, policy);
  const decision =
    command.kind === 'finalized' && admission.status === 'queued'
      ? await spendGuard.spend(message.tenant, (isAllowed) =>
          record(command, isAllowed ? admission : OVER_BUDGET, ports),
        )
      : await record(command, admission, ports);
  return { ...outcomeOf(decision), imageId: message.imageId, bucket, name, generation };
}

async function record(
  { kind, object }: IngestCommand,
  admission: Admission,
  { records, publisher, objects, topics, lanes = ONE_LANE }: IngestPorts,
): Promise<Decision> {
  if (kind === 'deleted' && (await isOverwritten(objects, object))) return OVERWRITTEN;
  const arrival = arrivalOf(object, admission);
  const message = imageMessageOf(object);
  const decision = await compareAndSet({ records, key: message }, undefined, (current) =>
    kind === 'finalized' ? onFinalized(current, arrival) : onDeleted(current, arrival),
  );
  const { priority, uploadedAt } = arrival;
  const lane = () => (priority === 'backfill' ? priority : lanes.laneOf(message.tenant, uploadedAt));
  await enqueue(decision, message, { publisher, topicOf: () => topicFor(lane(), topics) });
  return decision;
}

function arrivalOf({ metadata, ...object }: StoredObject, admission: Admission): Arrival {
  return { ...object, ...annotationsOf(metadata), ...admission };
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.kind === 'void') return { outcome: 'void', because: decision.because };
  const { status = 'unknown', reason } = decision.kind === 'create' ? decision.record : decision.change.set;
  return { outcome: status, reason };
}
