/**
 * The local stack with the same parts as Google Cloud. The parts are separate processes, which end with this one. The function
 * table says which functions run and what triggers them.
 *
 *     bucket server ──events──► functions (ingest, ...) ──► Firestore emulator ◄── listeners
 *                                    │                            ▲
 *                                    ▼                            │
 *                             Pub/Sub emulator ──bridge──► functions (classify)
 */

import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HEAP_FLAGS } from '@hangtag/functions/platform/heap-flags.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { DEFAULT_TENANT, tenantOf } from '@hangtag/shared/domain/identity.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import type { Route } from '../bridge/bridge.js';
import { createTopology } from '../bridge/create-topology.js';
import type { ObjectEvent } from '../bucket/resource.js';
import { startBucketServer } from '../bucket/server.js';
import { EventDelivery } from '../events/event-delivery.js';
import { startFirestoreEmulator } from '../google/firestore.js';
import { ownerClient } from '../google/firestore-client.js';
import { startGuard } from '../google/guard.js';
import { startPubsubEmulator } from '../google/pubsub.js';
import { startPageServer, TEST_USERS } from '../page/page-server.js';
import { superviseNodeWorker } from '../processes/node-worker.js';
import { hostOf } from '../processes/ports.js';
import type { SupervisedProcess } from '../processes/supervisor.js';
import { startScheduler } from '../scheduler/scheduler.js';
import { createBucket } from './create-bucket.js';
import { enforceIndexes } from './enforce-indexes.js';
import { bundleFunctions, ENTRY } from './functions-bundle.js';
import { PROJECT_ROOT } from './project-root.js';
import { watchRecords } from './record-feed.js';
import { restartNotes } from './restart-notes.js';
import { Running } from './running.js';
import { jobsOf } from './scheduled-jobs.js';
import type { Stack, StackRequest } from './stack.js';
import { startBridge } from './stack-bridge.js';
import {
  HOST,
  HOSTS,
  type HostName,
  PROJECT,
  planStack,
  type StackHooks,
  type StackPlan,
} from './stack-plan.js';

/** If the stack is killed, the writes of at most this time are lost. A sweep repairs them. */
const SAVE_EVERY_MS = 5_000;
export const HOST_PROGRAM = fileURLToPath(new URL('../functions-host/main.js', import.meta.url));

/** The parts that are separate processes. */
export type ProcessName = 'firestore' | 'pubsub' | 'functions' | 'classify';

export interface EmulatorStack extends Stack {
  readonly processes: Readonly<Record<ProcessName, SupervisedProcess>>;
}

export async function startEmulatorStack(
  request: StackRequest,
  emulators: StackPlan['emulators'],
  hooks: StackHooks = {},
): Promise<EmulatorStack> {
  const plan = await planStack(request, emulators, hooks);
  const running = new Running();
  try {
    const [google, functions] = await Promise.all([
      startGoogle(plan, running),
      startFunctions(plan, running),
    ]);
    const routes = new Map<string, Route>();
    await startBucket(plan, running, routes);
    const page = await startPage(plan, running);
    await startBridge(plan, running, routes);
    const stack = stackOf(plan, { jobs: startJobs(plan, running), page }, running);
    return { ...stack, processes: { ...google, ...functions } };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function startGoogle(plan: StackPlan, running: Running) {
  const { request, emulators, ports, hidden, topology } = plan;
  const common = { dataDirectory: resolve(request.dataDir), onChange: restartNotes(request) };
  const firestore = startFirestoreEmulator({
    ...common,
    program: emulators.firestore,
    address: hidden.firestore,
    projectId: PROJECT,
    rulesFile: join(PROJECT_ROOT, 'firestore.rules'),
    ...(request.isKept && { saveEveryMs: SAVE_EVERY_MS }),
    onUnsaved: (reason) =>
      request.say(
        `Expected to save the records in ${request.dataDir} but found ${reason}. Trying again: a stack that is killed loses what is not saved.`,
      ),
  });
  const pubsub = startPubsubEmulator({
    ...common,
    program: emulators.pubsub,
    address: hidden.pubsub,
    prepare: (host) => createTopology({ host, projectId: PROJECT }, topology),
  });
  const [store, queue] = await Promise.all([
    running.add(firestore, ({ process }) => process.stop()),
    running.add(pubsub, (process) => process.stop()),
  ]);
  const guard = (part: keyof typeof hidden) =>
    running.add(startGuard(ports[part], hidden[part]), (port) => port.close());
  await Promise.all([
    guard('pubsub'),
    request.enforceIndexes ? enforceIndexes(plan, running) : guard('firestore'),
  ]);
  return { firestore: store.process, pubsub: queue };
}

async function startFunctions(plan: StackPlan, running: Running) {
  await bundleFunctions();
  const start = (name: HostName) => running.add(startHost(plan, name), (host) => host.stop());
  const [functions, classify] = await Promise.all([start('functions'), start('classify')]);
  return { functions, classify };
}

function startHost(
  { request, ports, metricsPorts, functionsEnv }: StackPlan,
  name: HostName,
): Promise<SupervisedProcess> {
  const targets = HOSTS[name].map((entry) => entry.name).join(',');
  const port = ports[name];
  const metricsPort = metricsPorts[`${name} metrics`];
  const hostArguments = ['--entry', ENTRY.href, '--targets', targets, '--port', String(port)];
  return superviseNodeWorker({
    name,
    program: [...HEAP_FLAGS[name], HOST_PROGRAM, ...hostArguments],
    port,
    env: {
      ...process.env,
      ...functionsEnv,
      FUNCTION_TARGET: targets,
      ...(metricsPort !== undefined && { HANGTAG_METRICS_PORT: String(metricsPort) }),
    },
    cwd: PROJECT_ROOT,
    logFile: join(resolve(request.dataDir), 'logs', `${name}.log`),
    onChange: restartNotes(request),
  });
}

async function startBucket(
  { request, config, ports, topology, urlOf, env, hooks }: StackPlan,
  running: Running,
  routes: ReadonlyMap<string, Route>,
): Promise<void> {
  const targets = Object.fromEntries(
    topology.objectEvents.map(({ event, function: name }) => [event, urlOf(name)]),
  );
  const ownerOf = ({ name }: ObjectEvent) => tenantOf(name) ?? DEFAULT_TENANT;
  const events = new EventDelivery({ targets, ownerOf });
  running.add(Promise.resolve(events), (delivery) => delivery.close());
  const dataDir = join(request.dataDir, 'bucket');
  const server = startBucketServer({
    dataDir,
    port: ports.bucket,
    projectId: PROJECT,
    onEvent: async (event) => {
      await events.deliver(event);
      // A function that handled an event has probably published a message.
      for (const route of routes.values()) route.pullNow();
    },
    ...(hooks.bucket && { hooks: hooks.bucket }),
  });
  await running.add(server, (bucket) => bucket.close());
  const storage = storageClient({ projectId: PROJECT, apiEndpoint: env.STORAGE_EMULATOR_HOST });
  await createBucket(storage, request.bucket, config.HANGTAG_API_ORIGINS);
}

/** @returns URL by job */
function startJobs({ config, urlOf }: StackPlan, running: Running): Stack['jobs'] {
  const jobs = jobsOf(config, urlOf);
  running.add(Promise.resolve(startScheduler(jobs)), (scheduler) => scheduler.stop());
  return Object.fromEntries(jobs.map(({ name, url }) => [name, url]));
}

/** @returns its address */
async function startPage({ request, config, ports, env }: StackPlan, running: Running): Promise<string> {
  const { labels } = await readManifest(request.modelDir);
  const place = { folder: join(PROJECT_ROOT, 'web', 'dist'), port: ports.page };
  const server = startPageServer(place, {
    projectId: PROJECT,
    bucket: request.bucket,
    labels,
    firestoreEmulator: env.FIRESTORE_EMULATOR_HOST,
    storageEmulator: `${HOST}:${ports.bucket}`,
    api: `http://${HOST}:${ports.classify}/api`,
    users: TEST_USERS,
    hasWardrobe: config.HANGTAG_WARDROBE,
    indexShards: config.HANGTAG_INDEX_SHARDS,
  });
  return (await running.add(server, (page) => page.close())).url;
}

interface Served {
  readonly jobs: Stack['jobs'];
  readonly page: string;
}

function stackOf(
  { request, ports, metricsPorts, hidden, env, urlOf }: StackPlan,
  { jobs, page }: Served,
  running: Running,
): Stack {
  return {
    mode: 'emulators',
    bucket: request.bucket,
    env,
    addresses: [
      ['page', page],
      ['bucket', `${env.STORAGE_EMULATOR_HOST}/b/${request.bucket}`],
      ['Firestore', env.FIRESTORE_EMULATOR_HOST],
      ['Pub/Sub', env.PUBSUB_EMULATOR_HOST],
      ['functions', `http://${HOST}:${ports.functions}`],
      ['classify', `http://${HOST}:${ports.classify}`],
      ['API', urlOf('api')],
      ...Object.entries(metricsPorts).map(
        ([name, port]) => [name, `http://${HOST}:${port}/metrics`] as const,
      ),
      ['logs', join(request.dataDir, 'logs')],
    ],
    jobs,
    watch: async (listener) => {
      // Not through the proxy: this query exists only here, and needs no index in production.
      const firestore = ownerClient({ projectId: PROJECT, host: hostOf(hidden.firestore) });
      running.add(Promise.resolve(firestore), (client) => client.terminate());
      const watching = watchRecords(firestore, request.bucket, listener);
      return running.add(watching, (records) => records.stop());
    },
    stop: () => running.stop(),
  };
}
