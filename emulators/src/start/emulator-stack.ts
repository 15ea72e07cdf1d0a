/**
 * The local stack as Google Cloud is: each part a process of its own, started in the order of who needs whom, all of
 * them ended when this one ends.
 *
 *     bucket server ──events──► functions (ingest, ...) ──► Firestore emulator ◄── listeners
 *                                    │                            ▲
 *                                    ▼                            │
 *                             Pub/Sub emulator ──bridge──► functions (classify)
 */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import { Storage } from '@google-cloud/storage';
import { carryMessages } from '../bridge/bridge.js';
import { createTopology } from '../bridge/create-topology.js';
import { LOCAL_TOPOLOGY } from '../bridge/topology.js';
import { startBucketServer } from '../bucket/server.js';
import { EventDelivery } from '../events/event-delivery.js';
import { startFirestoreEmulator } from '../google/firestore.js';
import { startPubsubEmulator } from '../google/pubsub.js';
import type { EmulatorSearch } from '../google/resolve.js';
import { describeExit } from '../processes/child.js';
import { superviseNodeWorker } from '../processes/node-worker.js';
import { pickPorts } from '../processes/ports.js';
import type { ProcessChange } from '../processes/supervisor.js';
import { watchRecords } from './record-feed.js';
import type { Stack, StackRequest } from './stack.js';

const PROJECT = 'demo-hangtag';
const HOST = '127.0.0.1';
const PORTS = ['bucket', 'firestore', 'pubsub', 'functions', 'classify'] as const;
/** What is served beside `classify`, which has a process of its own: it is the one an image might kill. */
const LIGHT_FUNCTIONS = ['ingest', 'ingestDeleted', 'deadLetter'] as const;
/** Messages at `classify` at once: one being labelled on each core, one being fetched behind it. */
const CLASSIFY_CONCURRENCY = 4;
const ENTRY = new URL('../../../functions/dist/index.js', import.meta.url);
const HOST_PROGRAM = new URL('../functions-host/main.js', import.meta.url);

type Emulators = Extract<EmulatorSearch, { kind: 'found' }>;
type Ports = Readonly<Record<(typeof PORTS)[number], number>>;

export async function startEmulatorStack(request: StackRequest, emulators: Emulators): Promise<Stack> {
  const ports = await choosePorts(request);
  const plan: Plan = { request, emulators, ports, env: environmentOf(request, ports) };
  const running = new Running();
  try {
    const storage = new Storage({ projectId: PROJECT, apiEndpoint: plan.env.STORAGE_EMULATOR_HOST });
    const firestore = new Firestore({
      projectId: PROJECT,
      host: plan.env.FIRESTORE_EMULATOR_HOST,
      ssl: false,
    });
    running.add(Promise.resolve(firestore), (client) => client.terminate());
    await Promise.all([startGoogle(plan, running), startFunctions(plan, running)]);
    await startDelivery(plan, running);
    await storage.bucket(request.bucket).create().catch(ignoreConflict);
    return stackOf(plan, { firestore, running });
  } catch (error) {
    await running.stop();
    throw error;
  }
}

interface Plan {
  readonly request: StackRequest;
  readonly emulators: Emulators;
  readonly ports: Ports;
  readonly env: ReturnType<typeof environmentOf>;
}

/** Everything that was asked to start, ended in the opposite order: who delivers before who receives. */
class Running {
  readonly #stops: Promise<() => Promise<unknown>>[] = [];

  /** Whatever is still starting when all must end is awaited and ended too. */
  add<T>(starting: Promise<T>, stop: (part: T) => unknown): Promise<T> {
    const neverStarted = () => async () => undefined;
    this.#stops.push(starting.then((part) => async () => stop(part), neverStarted));
    return starting;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await (await stop)();
  }
}

async function choosePorts({ portBase, say }: StackRequest): Promise<Ports> {
  const picked = await pickPorts(portBase, PORTS);
  for (const { name, wanted, port } of picked) {
    if (port !== wanted) say(`Port ${wanted} is taken: ${name} listens on ${port}.`);
  }
  const [bucket = 0, firestore = 0, pubsub = 0, functions = 0, classify = 0] = picked.map(({ port }) => port);
  return { bucket, firestore, pubsub, functions, classify };
}

function environmentOf({ bucket, modelDir }: StackRequest, ports: Ports) {
  return {
    GCLOUD_PROJECT: PROJECT,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    STORAGE_EMULATOR_HOST: `http://${HOST}:${ports.bucket}`,
    FIRESTORE_EMULATOR_HOST: `${HOST}:${ports.firestore}`,
    PUBSUB_EMULATOR_HOST: `${HOST}:${ports.pubsub}`,
    HANGTAG_BUCKET: bucket,
    HANGTAG_MODEL_DIR: resolve(modelDir),
    // Google's clients otherwise look for a metadata server, for seconds.
    METADATA_SERVER_DETECTION: 'none',
  } as const;
}

async function startGoogle({ request, emulators, ports }: Plan, running: Running): Promise<void> {
  const common = { dataDirectory: resolve(request.dataDir), onChange: tellOfRestarts(request) };
  const firestore = startFirestoreEmulator({
    ...common,
    program: emulators.firestore,
    port: ports.firestore,
    projectId: PROJECT,
    rulesFile: resolve('firestore.rules'),
  });
  const pubsub = startPubsubEmulator({
    ...common,
    program: emulators.pubsub,
    port: ports.pubsub,
    prepare: (host) => createTopology({ host, projectId: PROJECT }, LOCAL_TOPOLOGY),
  });
  await Promise.all([
    running.add(firestore, ({ process }) => process.stop()),
    running.add(pubsub, (process) => process.stop()),
  ]);
}

async function startFunctions(plan: Plan, running: Running): Promise<void> {
  const hosts = [
    { name: 'functions', targets: LIGHT_FUNCTIONS, port: plan.ports.functions },
    { name: 'classify', targets: ['classify'], port: plan.ports.classify },
  ] as const;
  const logs = join(resolve(plan.request.dataDir), 'logs');
  await Promise.all(
    hosts.map(({ name, targets, port }) => {
      const list = targets.join(',');
      const starting = superviseNodeWorker({
        name,
        program: [
          fileURLToPath(HOST_PROGRAM),
          '--entry',
          ENTRY.href,
          '--targets',
          list,
          '--port',
          String(port),
        ],
        port,
        env: { ...process.env, ...plan.env, FUNCTION_TARGET: list },
        cwd: resolve('.'),
        logFile: join(logs, `${name}.log`),
        onChange: tellOfRestarts(plan.request),
      });
      return running.add(starting, (host) => host.stop());
    }),
  );
}

async function startDelivery({ request, ports, env }: Plan, running: Running): Promise<void> {
  const light = `http://${HOST}:${ports.functions}`;
  const events = new EventDelivery({
    targets: { finalized: `${light}/ingest`, deleted: `${light}/ingestDeleted` },
  });
  const starting = startBucketServer({
    dataDir: join(request.dataDir, 'bucket'),
    port: ports.bucket,
    onEvent: events.deliver,
  });
  running.add(Promise.resolve(events), (delivery) => delivery.close());
  await running.add(starting, (bucket) => bucket.close());
  const urls: Readonly<Record<string, string>> = {
    classify: `http://${HOST}:${ports.classify}/classify`,
    'dead-letter': `${light}/deadLetter`,
  };
  for (const subscription of LOCAL_TOPOLOGY.subscriptions) {
    const starting = carryMessages({
      pubsub: { host: env.PUBSUB_EMULATOR_HOST, projectId: PROJECT },
      subscription,
      url: urls[subscription.name] ?? '',
      concurrency: CLASSIFY_CONCURRENCY,
    });
    await running.add(starting, (route) => route.stop());
  }
}

function stackOf(
  { request, ports, env }: Plan,
  { firestore, running }: { firestore: Firestore; running: Running },
): Stack {
  return {
    mode: 'emulators',
    bucket: request.bucket,
    env,
    addresses: [
      ['bucket', `${env.STORAGE_EMULATOR_HOST}/b/${request.bucket}`],
      ['Firestore', env.FIRESTORE_EMULATOR_HOST],
      ['Pub/Sub', env.PUBSUB_EMULATOR_HOST],
      ['functions', `http://${HOST}:${ports.functions}`],
      ['classify', `http://${HOST}:${ports.classify}`],
      ['logs', join(request.dataDir, 'logs')],
    ],
    jobs: {},
    watch: (listener) =>
      running.add(watchRecords(firestore, request.bucket, listener), (unsubscribe) => unsubscribe()),
    stop: () => running.stop(),
  };
}

function tellOfRestarts({ say }: StackRequest): (change: ProcessChange) => void {
  return (change) => {
    if (change.kind === 'exited')
      say(`${change.name} ended (${describeExit(change.exit)}) and is started again.`);
  };
}

function ignoreConflict(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 409)) throw error;
}
