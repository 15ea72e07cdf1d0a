/**
 * Where the ports meet their adapters: each is made once a process, when first asked for, so that a function
 * loads only what it uses.
 */
import type { Config } from '@hangtag/shared/config.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { DEFAULT_CIRCUIT_POLICY } from '@hangtag/shared/domain/circuit.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { civilTime, dayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { eventualClassifier } from '@hangtag/shared/inference/eventual-classifier.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { HeartbeatPorts } from './alerts/heartbeat.js';
import type { AlertPorts } from './alerts/tell-people.js';
import { withCircuitBreaker } from './classify/circuit-breaker.js';
import type { ClassifyPorts } from './classify/handler.js';
import type { DeadLetterPorts } from './dead-letter/handler.js';
import type { ErasePorts } from './erase/handler.js';
import type { IngestPorts } from './ingest/handler.js';
import { SurgeLanes } from './ingest/lanes.js';
import type { OrganisePorts } from './organise/handler.js';
import {
  admissionPolicyOf,
  classifyPolicyOf,
  reportPolicyOf,
  spendPolicyOf,
  surgePolicyOf,
  timeZonesOf,
} from './policies.js';
import type { ReplayPorts } from './replay/handler.js';
import type { ReportPorts } from './report/handler.js';
import type { SpendGuard } from './spend/guard.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from './sweep/ports.js';

const DAY_MS = 86_400_000;
/** As many as are declared: each may take a share of a day's limit. */
export const INGEST_INSTANCES = 100;

const config = once((): Config => parseConfig(process.env));

const firestore = once(async () => {
  const { Firestore } = await import('@hangtag/shared/adapters/firestore/client.js');
  return new Firestore();
});

const storage = once(async () => {
  const { storageClient } = await import('@hangtag/shared/adapters/gcs/storage-client.js');
  return storageClient();
});

const records = once(async () => {
  const { FirestoreRecordStore } = await import('@hangtag/shared/adapters/firestore/record-store.js');
  return new FirestoreRecordStore(await firestore(), config().HANGTAG_RECORD_RETENTION_DAYS * DAY_MS);
});

const objects = once(async () => {
  const { GcsObjectStore } = await import('@hangtag/shared/adapters/gcs/object-store.js');
  return new GcsObjectStore(await storage());
});

const publisher = once(async () => {
  const [{ PubSub }, { PubSubPublisher }] = await Promise.all([
    import('@hangtag/shared/adapters/pubsub/client.js'),
    import('@hangtag/shared/adapters/pubsub/publisher.js'),
  ]);
  return new PubSubPublisher(new PubSub());
});

const classifier = once(async () => {
  const { beginClassifier } = await import('@hangtag/shared/inference/isolated-classifier.js');
  const { HANGTAG_MODEL_DIR, HANGTAG_ENGINE, HANGTAG_MAX_PIXELS, HANGTAG_MAX_BYTES } = config();
  const limits = { ...DEFAULT_LIMITS, maxPixels: HANGTAG_MAX_PIXELS, maxBytes: HANGTAG_MAX_BYTES };
  const { ready } = await beginClassifier(HANGTAG_MODEL_DIR, { engine: HANGTAG_ENGINE, limits });
  return {
    ready: ready.then((model) => withCircuitBreaker(model, systemClock, DEFAULT_CIRCUIT_POLICY)),
  };
});

const sweeps = once(async () => {
  const { FirestoreSweepStore } = await import('@hangtag/shared/adapters/firestore/sweep-store.js');
  return new FirestoreSweepStore(await firestore());
});

/** Whose labels are today's. A sweep does not load the model: its folder says which weights would run. */
const modelDigest = once(async () => {
  const { readModelRef } = await import('@hangtag/shared/inference/load-model.js');
  const { HANGTAG_MODEL_DIR, HANGTAG_ENGINE } = config();
  return (await readModelRef(HANGTAG_MODEL_DIR, HANGTAG_ENGINE)).sha256;
});

/** Undefined where no limit is set. */
const spendGuard = once(async (): Promise<SpendGuard | undefined> => {
  const policy = spendPolicyOf(config());
  if (policy === undefined) return undefined;
  const [{ FirestoreSpending }, { DailySpendGuard }, { tellExhausted }, alerts] = await Promise.all([
    import('@hangtag/shared/adapters/firestore/spending.js'),
    import('./spend/guard.js'),
    import('./spend/exhausted.js'),
    alertPorts(),
  ]);
  const zones = timeZonesOf(config());
  return new DailySpendGuard(
    { ...policy, workers: INGEST_INSTANCES },
    {
      spending: new FirestoreSpending(await firestore()),
      clock: systemClock,
      dayOf(nowMs, tenant) {
        const zone = tenant === undefined ? zones.timeZone : zoneOf(zones, tenant);
        return dayWindow(civilTime(nowMs, zone).day, zone);
      },
      onExhausted: (tenant, limit) => tellExhausted(tenant, limit, alerts),
    },
  );
});

export const ingestPorts = once(async (): Promise<IngestPorts> => {
  const values = config();
  const guard = await spendGuard();
  return {
    ...(guard !== undefined && { spendGuard: guard }),
    records: await records(),
    publisher: await publisher(),
    // Its client is loaded with the first deletion: an upload does without it.
    objects: { stat: async (...which) => (await objects()).stat(...which) },
    policy: admissionPolicyOf(values),
    lanes: new SurgeLanes(surgePolicyOf(values)),
    topics: { uploaded: values.HANGTAG_UPLOADED_TOPIC, backfill: values.HANGTAG_BACKFILL_TOPIC },
  };
});

export const classifyPorts = once(async (): Promise<ClassifyPorts> => {
  const values = config();
  const isAnnounced = values.HANGTAG_ANNOUNCE_LABELS || values.HANGTAG_ORGANISE !== 'off';
  // First of all: its worker starts on another core while this process loads the rest.
  const { ready } = await classifier();
  const [store, bucket] = await Promise.all([records(), objects()]);
  return {
    records: store,
    objects: bucket,
    // The client of Pub/Sub is loaded with the first announcement: most installations make none.
    publisher: { publish: async (topic, message) => (await publisher()).publish(topic, message) },
    // A first image is looked up and fetched meanwhile.
    classifier: eventualClassifier(ready),
    modelToTrust,
    clock: systemClock,
    topics: isAnnounced ? { labeled: values.HANGTAG_LABELED_TOPIC } : {},
    policy: classifyPolicyOf(values),
  };
});

/** @throws {ModelError | CrashError} the model must not serve, or its worker could not start */
export async function modelToTrust(): Promise<void> {
  await (await classifier()).ready;
}

export const deadLetterPorts = once(async (): Promise<DeadLetterPorts> => ({ records: await records() }));

export const organisePorts = once(async (): Promise<OrganisePorts> => {
  const { GcsObjectCopier } = await import('@hangtag/shared/adapters/gcs/object-copier.js');
  const { HANGTAG_ORGANISE: mode, HANGTAG_ORGANISE_TENANTS: tenants } = config();
  return {
    records: await records(),
    objects: await objects(),
    copier: new GcsObjectCopier(await storage()),
    policy: { mode, tenants },
  };
});

export const replayPorts = once(
  async (): Promise<ReplayPorts> => ({ ...(await ingestPorts()), clock: systemClock }),
);

export const sweepPorts = once(
  async (): Promise<SweepPorts> => ({
    ...(await ingestPorts()),
    objects: await objects(),
    sweeps: await sweeps(),
    clock: systemClock,
    prices: PRICES,
    limits: DEFAULT_SWEEP_LIMITS,
    model: modelDigest,
  }),
);

const dayRecords = once(async () => {
  const { FirestoreDayRecords } = await import('@hangtag/shared/adapters/firestore/day-records.js');
  return new FirestoreDayRecords(await firestore());
});

const reportArchive = once(async () => {
  const { FirestoreReportArchive } = await import('@hangtag/shared/adapters/firestore/report-archive.js');
  return new FirestoreReportArchive(await firestore());
});

const reportFiles = once(async () => {
  const { GcsFileStore } = await import('@hangtag/shared/adapters/gcs/file-store.js');
  const { HANGTAG_REPORT_BUCKET, HANGTAG_BUCKET } = config();
  return new GcsFileStore((await storage()).bucket(HANGTAG_REPORT_BUCKET ?? HANGTAG_BUCKET));
});

export const alertPorts = once(async (): Promise<AlertPorts> => {
  const [{ FirestoreAlertStore }, { notifiersOf }] = await Promise.all([
    import('@hangtag/shared/adapters/firestore/alert-store.js'),
    import('./notifiers.js'),
  ]);
  return {
    store: new FirestoreAlertStore(await firestore()),
    notifiers: await notifiersOf(config(), systemClock),
    clock: systemClock,
    coolDownMs: config().HANGTAG_ALERT_COOL_DOWN_HOURS * 3_600_000,
  };
});

export const reportPorts = once(async (): Promise<ReportPorts> => {
  const values = config();
  const { IsolatedThumbnailer } = await import('@hangtag/shared/inference/isolated-thumbnailer.js');
  return {
    records: await dayRecords(),
    objects: await objects(),
    files: await reportFiles(),
    archive: await reportArchive(),
    publisher: await publisher(),
    alerts: await alertPorts(),
    thumbnailer: new IsolatedThumbnailer(),
    clock: systemClock,
    bucket: values.HANGTAG_BUCKET,
    maxBytes: values.HANGTAG_MAX_BYTES,
    ...timeZonesOf(values),
    topics: { report: values.HANGTAG_REPORT_TOPIC },
    ...reportPolicyOf(values),
  };
});

export const erasePorts = once(async (): Promise<ErasePorts> => {
  const { FirestoreErasureStore } = await import('@hangtag/shared/adapters/firestore/erasure-store.js');
  return {
    store: new FirestoreErasureStore(await firestore()),
    images: await records(),
    reports: await reportPorts(),
  };
});

export const heartbeatPorts = once(
  async (): Promise<HeartbeatPorts> => ({
    records: await dayRecords(),
    archive: await reportArchive(),
    alerts: await alertPorts(),
  }),
);

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
