/**
 * A backlog as a sweep leaves it: for each image a queued record and a message in the backfill topic. Only the
 * first images also have an object in the bucket, because no measurement reaches the others.
 */
import type { Firestore } from '@google-cloud/firestore';
import type { PubSub } from '@google-cloud/pubsub';
import { newDocument } from '@hangtag/shared/adapters/firestore/record-document.js';
import { DEFAULT_RETENTION_MS, IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { DEFAULT_TENANT, imageIdOf } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { type Arrival, onFinalized } from '@hangtag/shared/domain/transitions.js';

export interface Queue {
  readonly bucket: string;
  readonly topic: string;
  readonly firestore: Firestore;
  readonly pubsub: PubSub;
}

/** Number of writes before the next wait: more would only use memory of this process. */
const BATCH = 1_000;

/** Queues images that have a record and a message, but no object. */
export async function queueRecords(
  { firestore, bucket, topic, pubsub }: Queue,
  names: readonly string[],
): Promise<void> {
  const writer = firestore.bulkWriter({ throttling: false });
  const batching = { maxMessages: BATCH, maxMilliseconds: 10 };
  const publisher = pubsub.topic(topic, { batching });
  for (let start = 0; start < names.length; start += BATCH) {
    const batch = names.slice(start, start + BATCH).map((name) => arrivalOf(bucket, name));
    for (const arrival of batch) void writer.create(documentOf(firestore, arrival), contentOf(arrival));
    await writer.flush();
    await Promise.all(batch.map((arrival) => publisher.publishMessage({ json: imageMessageOf(arrival) })));
  }
  await writer.close();
}

function arrivalOf(bucket: string, name: string): Arrival {
  const uploadedAt = Date.now();
  return {
    bucket,
    name,
    generation: parseGeneration(String(uploadedAt * 1_000)),
    size: 4_000,
    contentType: 'image/jpeg',
    md5Hash: '',
    uploadedAt,
    owner: null,
    ref: null,
    priority: 'backfill',
    status: 'queued',
    reason: null,
  };
}

function documentOf(firestore: Firestore, { bucket, name }: Arrival) {
  return firestore.doc(`tenants/${DEFAULT_TENANT}/${IMAGES}/${imageIdOf(bucket, name)}`);
}

function contentOf(arrival: Arrival) {
  const decision = onFinalized(undefined, arrival);
  if (decision.kind !== 'create') throw new TypeError('Expected a new record for a new object');
  return newDocument(decision.record, DEFAULT_RETENTION_MS);
}
