/**
 * The local stack as Google Cloud is: each part a process of its own, all of them ended when this one ends. What runs
 * when is read off the functions' declarations.
 *
 *     bucket server ──events──► functions (ingest, ...) ──► Firestore emulator ◄── listeners
 *                                    │                            ▲
 *                                    ▼                            │
 *                             Pub/Sub emulator ──bridge──► functions (classify)
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { DEFAULT_TENANT, tenantOf } from '@hangtag/shared/domain/identity.js';
import { createTopology } from '../bridge/create-topology.js';
import { LOCAL_TOPOLOGY } from '../bridge/topology.js';
import type { ObjectEvent } from '../bucket/resource.js';
import { startBucketServer } from '../bucket/server.js';
import { EventDelivery } from '../events/event-delivery.js';
import { startFirestoreEmulator } from '../google/firestore.js';
import { ownerClient } from '../google/firestore-client.js';
import { startPubsubEmulator } from '../google/pubsub.js';
import { describeExit } from '../processes/child.js';
import { superviseNodeWorker } from '../processes/node-worker.js';
import type { ProcessChange, SupervisedProcess } from '../processes/supervisor.js';
import { startScheduler } from '../scheduler/scheduler.js';
import { bundleFunctions, DECLARATIONS, ENTRY } from './functions-bundle.js';
import { PROJECT_ROOT } from './project-root.js';
import { watchRecords } from './record-feed.js';
import { Running } from './running.js';
import { scheduledJobs } from './scheduled-jobs.js';
import type { Stack, StackRequest } from './stack.js';
import { startBridge } from './stack-bridge.js';
import type { EmulatorStack, StackHooks } from './stack-hooks.js';
import { PROJECT, planStack, type StackPlan } from './stack-plan.js';

/** Served in a process of their own: they are the ones that an image might kill. All others share one. */
const LABELLING: readonly string[] = ['classify', 'classifyBackfill'];
/**
 * Images are held outside the heap, which is otherwise left to grow: 190 MB after 3,000 of them instead of 141 MB. A limit alone
 * makes V8 begin each collection some 4 MB after the last, images included, and `classify` then took 9.4 ms of processor time
 * an image instead of 5.5: so the limit comes with room to begin with.
 */
const HEAP_FLAGS = {
  functions: ['--max-semi-space-size=4'],
  classify: ['--max-semi-space-size=4', '--initial-old-space-size=64', '--max-old-space-size=128'],
} as const;
export const HOST_PROGRAM = fileURLToPath(new URL('../functions-host/main.js', import.meta.url));

type Declarations = Readonly<Record<string, unknown>>;

export async function startEmulatorStack(
  request: StackRequest,
  emulators: StackPlan['emulators'],
  hooks: StackHooks = {},
): Promise<EmulatorStack> {
  const plan = await planStack(request, emulators, hooks);
  const running = new Running();
  try {
    const declarations: Declarations = await import(DECLARATIONS.href);
    const [google, functions] = await Promise.all([
      startGoogle(plan, running),
      startFunctions(plan, declarations, running),
    ]);
    await startBucket(plan, running);
    await startBridge(plan, running);
    const stack = stackOf(plan, startJobs(plan, declarations, running), running);
    return { ...stack, processes: { ...google, ...functions } };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function startGoogle({ request, emulators, ports, hooks }: StackPlan, running: Running) {
  const common = { dataDirectory: resolve(request.dataDir), onChange: tellOfRestarts(request) };
  const firestore = startFirestoreEmulator({
    ...common,
    program: emulators.firestore,
    port: ports.firestore,
    projectId: PROJECT,
    rulesFile: join(PROJECT_ROOT, 'firestore.rules'),
  });
  const pubsub = startPubsubEmulator({
    ...common,
    program: emulators.pubsub,
    port: ports.pubsub,
    prepare: (host) => createTopology({ host, projectId: PROJECT }, hooks.topology ?? LOCAL_TOPOLOGY),
  });
  const [store, queue] = await Promise.all([
    running.add(firestore, ({ process }) => process.stop()),
    running.add(pubsub, (process) => process.stop()),
  ]);
  return { firestore: store.process, pubsub: queue };
}

async function startFunctions(plan: StackPlan, declarations: Declarations, running: Running) {
  const others = Object.keys(declarations).filter((name) => !LABELLING.includes(name));
  await bundleFunctions();
  const start = (name: 'functions' | 'classify', targets: readonly string[]) =>
    running.add(startHost(plan, name, targets), (host) => host.stop());
  const [functions, classify] = await Promise.all([start('functions', others), start('classify', LABELLING)]);
  return { functions, classify };
}

function startHost(
  { request, ports, functionsEnv }: StackPlan,
  name: 'functions' | 'classify',
  functions: readonly string[],
): Promise<SupervisedProcess> {
  const targets = functions.join(',');
  const port = ports[name];
  const hostArguments = ['--entry', ENTRY.href, '--targets', targets, '--port', String(port)];
  return superviseNodeWorker({
    name,
    program: [...HEAP_FLAGS[name], HOST_PROGRAM, ...hostArguments],
    port,
    env: { ...process.env, ...functionsEnv, FUNCTION_TARGET: targets },
    cwd: PROJECT_ROOT,
    logFile: join(resolve(request.dataDir), 'logs', `${name}.log`),
    onChange: tellOfRestarts(request),
  });
}

async function startBucket({ request, ports, urls, env, hooks }: StackPlan, running: Running): Promise<void> {
  const targets = {
    finalized: `${urls.functions}/ingest`,
    deleted: `${urls.functions}/ingestDeleted`,
    archived: `${urls.functions}/ingestArchived`,
    metadataUpdated: `${urls.functions}/ingestMetadata`,
  };
  const ownerOf = ({ name }: ObjectEvent) => tenantOf(name) ?? DEFAULT_TENANT;
  const events = new EventDelivery({ targets, ownerOf });
  running.add(Promise.resolve(events), (delivery) => delivery.close());
  const dataDir = join(request.dataDir, 'bucket');
  const server = startBucketServer({
    dataDir,
    port: ports.bucket,
    onEvent: events.deliver,
    ...(hooks.bucket && { hooks: hooks.bucket }),
  });
  await running.add(server, (bucket) => bucket.close());
  const storage = storageClient({ projectId: PROJECT, apiEndpoint: env.STORAGE_EMULATOR_HOST });
  await storage.bucket(request.bucket).create().catch(ignoreConflict);
}

/** @returns URL by job */
function startJobs({ urls }: StackPlan, declarations: Declarations, running: Running): Stack['jobs'] {
  const timeZone = process.env['HANGTAG_TIME_ZONE'] ?? 'UTC';
  const jobs = scheduledJobs(declarations, { baseUrl: urls.functions, timeZone });
  running.add(Promise.resolve(startScheduler(jobs)), (scheduler) => scheduler.stop());
  return Object.fromEntries(jobs.map(({ name, url }) => [name, url]));
}

function stackOf({ request, urls, env }: StackPlan, jobs: Stack['jobs'], running: Running): Stack {
  return {
    mode: 'emulators',
    bucket: request.bucket,
    env,
    addresses: [
      ['bucket', `${env.STORAGE_EMULATOR_HOST}/b/${request.bucket}`],
      ['Firestore', env.FIRESTORE_EMULATOR_HOST],
      ['Pub/Sub', env.PUBSUB_EMULATOR_HOST],
      ['functions', urls.functions],
      ['classify', urls.classify],
      ['logs', join(request.dataDir, 'logs')],
    ],
    jobs,
    watch: async (listener) => {
      const firestore = ownerClient({ projectId: PROJECT, host: env.FIRESTORE_EMULATOR_HOST });
      running.add(Promise.resolve(firestore), (client) => client.terminate());
      const watching = watchRecords(firestore, request.bucket, listener);
      return running.add(watching, (unsubscribe) => unsubscribe());
    },
    stop: () => running.stop(),
  };
}

function tellOfRestarts({ say }: StackRequest): (change: ProcessChange) => void {
  return (change) => {
    if (change.kind === 'exited') {
      say(`${change.name} ended (${describeExit(change.exit)}) and is started again.`);
    }
  };
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 409)) throw error;
}
