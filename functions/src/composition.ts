/**
 * Where the ports meet their adapters: each is made once a process, when first asked for, so that a function
 * loads only what it uses.
 */
import type { Config } from '@hangtag/shared/config.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { ClassifyPorts } from './classify/handler.js';
import type { DeadLetterPorts } from './dead-letter/handler.js';
import type { IngestPorts } from './ingest/handler.js';
import { admissionPolicyOf, classifyPolicyOf } from './policies.js';

const config = once((): Config => parseConfig(process.env));

const records = once(async () => {
  const [{ Firestore }, { FirestoreRecordStore }] = await Promise.all([
    import('@google-cloud/firestore'),
    import('@hangtag/shared/adapters/firestore/record-store.js'),
  ]);
  return new FirestoreRecordStore(new Firestore());
});

const objects = once(async () => {
  const [{ Storage }, { GcsObjectStore }] = await Promise.all([
    import('@google-cloud/storage'),
    import('@hangtag/shared/adapters/gcs/object-store.js'),
  ]);
  return new GcsObjectStore(new Storage());
});

const publisher = once(async () => {
  const [{ PubSub }, { PubSubPublisher }] = await Promise.all([
    import('@google-cloud/pubsub'),
    import('@hangtag/shared/adapters/pubsub/publisher.js'),
  ]);
  return new PubSubPublisher(new PubSub());
});

const classifier = once(async () => {
  const { isolateClassifier } = await import('@hangtag/shared/inference/isolated-classifier.js');
  const { HANGTAG_MODEL_DIR, HANGTAG_ENGINE, HANGTAG_MAX_PIXELS, HANGTAG_MAX_BYTES } = config();
  const limits = { ...DEFAULT_LIMITS, maxPixels: HANGTAG_MAX_PIXELS, maxBytes: HANGTAG_MAX_BYTES };
  return isolateClassifier(HANGTAG_MODEL_DIR, { engine: HANGTAG_ENGINE, limits });
});

export const ingestPorts = once(async (): Promise<IngestPorts> => {
  const values = config();
  return {
    records: await records(),
    publisher: await publisher(),
    policy: admissionPolicyOf(values),
    topics: { uploaded: values.HANGTAG_UPLOADED_TOPIC },
  };
});

export const classifyPorts = once(async (): Promise<ClassifyPorts> => {
  const values = config();
  const { HANGTAG_LABELED_TOPIC: labeled } = values;
  const [store, bucket, topics, model] = await Promise.all([records(), objects(), publisher(), classifier()]);
  return {
    records: store,
    objects: bucket,
    publisher: topics,
    classifier: model,
    clock: systemClock,
    topics: labeled === undefined ? {} : { labeled },
    policy: classifyPolicyOf(values),
  };
});

export const deadLetterPorts = once(async (): Promise<DeadLetterPorts> => ({ records: await records() }));

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
