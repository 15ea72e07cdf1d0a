/**
 * The sweep on Google's emulators and the bucket server: a backlog of objects without records, the same bucket
 * when it is consistent, and again after 1 % of the records were lost. Nothing labels the images here.
 */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { createTopology } from '@hangtag/emulators/bridge/create-topology.js';
import { startBucketServer } from '@hangtag/emulators/bucket/server.js';
import { startFirestoreEmulator } from '@hangtag/emulators/google/firestore.js';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { describeMissing } from '@hangtag/emulators/google/missing.js';
import { startPubsubEmulator } from '@hangtag/emulators/google/pubsub.js';
import { resolveEmulators } from '@hangtag/emulators/google/resolve.js';
import { ownSurroundings } from '@hangtag/emulators/google/surroundings.js';
import { freePort, hiddenAddress, hostOf } from '@hangtag/emulators/processes/ports.js';
import { topologyOf } from '@hangtag/functions/platform/topology.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreSweepStore } from '@hangtag/shared/adapters/firestore/sweep-store.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { PubSubPublisher } from '@hangtag/shared/adapters/pubsub/publisher.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { DEFAULT_TENANT, imageIdOf } from '@hangtag/shared/domain/identity.js';
import pMap from 'p-map';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { benchApp } from '../measure/bench-app.js';

const PROJECT = 'demo-bench';
const BUCKET = 'bench';
const OBJECTS = { full: 20_000, quick: 1_000 };
const LOST_EVERY = 100;
const CLOSED_RULES = `rules_version = '2';
service cloud.firestore { match /databases/{db}/documents { match /{document=**} { allow read, write: if false; } } }
`;

export const benchmark: Benchmark = async ({ scale, say }) => {
  const objects = OBJECTS[scale];
  const stage = await openStage();
  try {
    say(`Uploading ${objects} objects ...`);
    await pMap(names(objects), (name) => stage.upload(name), { concurrency: 64 });
    const backlog = await timedSweep(`${objects}.unrecorded`, stage.ports);
    const consistent = await timedSweep(`${objects}.consistent`, stage.ports);
    const lost = [...names(objects)].filter((_, index) => index % LOST_EVERY === 0);
    await pMap(lost, (name) => stage.forget(name), { concurrency: 64 });
    const lossy = await timedSweep(`${objects}.lossy`, stage.ports);
    return [...backlog, ...consistent, ...lossy];
  } finally {
    await stage.close();
  }
};

async function timedSweep(name: string, ports: SweepPorts): Promise<Measurement[]> {
  const startedAt = performance.now();
  const request = { bucket: BUCKET, prefix: '', passes: ['objects'], mode: 'repair' } as const;
  const { state } = await sweep(request, ports);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { repaired, reads, writes } = state.progress;
  const measurement = (what: string, unit: string, value: number): Measurement => ({
    name: `sweep_on_emulators.${name}.${what}`,
    unit,
    values: [value],
  });
  return [
    measurement('seconds', 's', seconds),
    measurement('reads', 'reads', reads),
    measurement('writes', 'writes', writes),
    measurement('repaired', 'records', repaired),
  ];
}

interface Stage {
  readonly ports: SweepPorts;
  upload(name: string): Promise<unknown>;
  /** As if the event of the upload had been lost. */
  forget(name: string): Promise<unknown>;
  close(): Promise<void>;
}

async function openStage(): Promise<Stage> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'hangtag-bench-'));
  const google = await startGoogle(dataDirectory);
  const server = await startBucketServer({ dataDir: join(dataDirectory, 'bucket'), port: await freePort() });
  const storage = new Storage({ projectId: PROJECT, apiEndpoint: server.url });
  const { firestore, pubsub } = google;
  await storage.createBucket(BUCKET);
  const objects = new GcsObjectStore(storage);
  const app = benchApp({
    bucket: BUCKET,
    ports: {
      objects,
      records: new FirestoreRecordStore(firestore),
      sweeps: new FirestoreSweepStore(firestore),
      publisher: new PubSubPublisher(pubsub),
    },
  });
  return {
    // Everything was uploaded a moment ago, and no event is in transit.
    ports: { ...(await app.sweep()), limits: { ...DEFAULT_SWEEP_LIMITS, graceMs: 0 } },
    upload: (name) => objects.write({ bucket: BUCKET, name, bytes: Uint8Array.of(1) }),
    forget: (name) => firestore.doc(`tenants/${DEFAULT_TENANT}/images/${imageIdOf(BUCKET, name)}`).delete(),
    async close() {
      await server.close();
      await google.stop();
    },
  };
}

async function startGoogle(dataDirectory: string) {
  const search = await resolveEmulators(ownSurroundings());
  if (search.kind === 'missing') throw new Error(describeMissing(search.missing));
  const rulesFile = join(dataDirectory, 'firestore.rules');
  await writeFile(rulesFile, CLOSED_RULES);
  const common = { dataDirectory, projectId: PROJECT };
  const [firestoreAt, pubsubAt] = [await hiddenAddress(), await hiddenAddress()];
  const emulators = await Promise.all([
    startFirestoreEmulator({ ...common, program: search.firestore, address: firestoreAt, rulesFile }),
    startPubsubEmulator({
      ...common,
      program: search.pubsub,
      address: pubsubAt,
      prepare: (host) => createTopology({ host, projectId: PROJECT }, topologyOf(parseConfig({}))),
    }),
  ]);
  const firestore = ownerClient({ projectId: PROJECT, host: hostOf(firestoreAt) });
  const pubsub = new PubSub({
    projectId: PROJECT,
    apiEndpoint: hostOf(pubsubAt),
    emulatorMode: true,
  });
  const [{ process: firestoreProcess }, pubsubProcess] = emulators;
  const stop = async () => {
    await Promise.all([firestore.terminate(), pubsub.close()]);
    await Promise.all([firestoreProcess.stop(), pubsubProcess.stop()]);
  };
  return { firestore, pubsub, stop };
}

function* names(count: number): Generator<string> {
  for (let index = 0; index < count; index += 1) yield `photos/${String(index).padStart(9, '0')}.jpg`;
}
