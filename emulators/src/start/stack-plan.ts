/** The ports of a stack on Google's emulators, and the environment of its functions. */
import { resolve } from 'node:path';
import type { FunctionEntry } from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { type Messaging, type Topology, topologyOf } from '@hangtag/functions/platform/topology.js';
import { type Config, parseConfig } from '@hangtag/shared/config.js';
import type { ServerHooks } from '../bucket/server.js';
import type { EmulatorSearch } from '../google/resolve.js';
import { type Address, hiddenAddress, hostOf, LOOPBACK, pickPorts } from '../processes/ports.js';
import { type StackRequest, settingsOf } from './stack.js';

export const PROJECT = 'demo-hangtag';
export const HOST = LOOPBACK;

const PARTS = ['bucket', 'firestore', 'pubsub', 'functions', 'classify', 'page'] as const;

type Ports = Readonly<Record<(typeof PARTS)[number], number>>;

/** Hooks with which tests inject faults into the same stack that users start. */
export interface StackHooks {
  readonly bucket?: ServerHooks;
  /** Replaces the topics and subscriptions of the function table. */
  readonly messaging?: Messaging;
  /** By subscription: messages are delivered after this promise has resolved. */
  readonly heldUntil?: Readonly<Record<string, Promise<unknown>>>;
  /** Changes the environment of the functions, for example to the address of a proxy. */
  readonly adaptEnvironment?: (env: Readonly<Record<string, string>>) => Promise<NodeJS.ProcessEnv>;
}

export interface StackPlan {
  readonly request: StackRequest;
  readonly emulators: Extract<EmulatorSearch, { kind: 'found' }>;
  readonly ports: Ports;
  /** Of the emulators themselves. Their `ports` belong to the guards in front of them. */
  readonly hidden: Readonly<Record<'firestore' | 'pubsub', Address>>;
  /** The environment for clients of this stack. */
  readonly env: ReturnType<typeof environmentOf>;
  /** Of GET /metrics; empty without HANGTAG_METRICS_PORT. */
  readonly metricsPorts: Readonly<Partial<Record<MetricsName, number>>>;
  /** The same with direct connections to the emulators, changed by the hook if there is one. */
  readonly functionsEnv: NodeJS.ProcessEnv;
  readonly hooks: StackHooks;
  readonly config: Config;
  readonly topology: Topology;
  /** The URL of a function. @throws RangeError no function has this name */
  readonly urlOf: (name: string) => string;
}

/** The two processes that serve functions. A decoder may crash its process, so it does not share it with other functions. */
export const HOSTS = {
  functions: FUNCTIONS.filter(({ resources }) => !resources.decodesImages),
  classify: FUNCTIONS.filter(({ resources }) => resources.decodesImages),
} as const satisfies Record<string, readonly FunctionEntry[]>;

export type HostName = keyof typeof HOSTS;

/** Each process that serves functions counts its own calls. */
const METRICS = ['functions metrics', 'classify metrics'] as const satisfies `${HostName} metrics`[];
type MetricsName = (typeof METRICS)[number];

export async function planStack(
  request: StackRequest,
  emulators: StackPlan['emulators'],
  hooks: StackHooks,
): Promise<StackPlan> {
  const ports = await choosePorts(PARTS, request);
  const hidden = { firestore: await hiddenAddress(), pubsub: await hiddenAddress() };
  const env = environmentOf(request, ports);
  const config = parseConfig({ ...process.env, ...env });
  const direct = {
    ...env,
    PUBSUB_EMULATOR_HOST: hostOf(hidden.pubsub),
    // The index proxy is in front of the emulator.
    ...(!request.enforceIndexes && { FIRESTORE_EMULATOR_HOST: hostOf(hidden.firestore) }),
  };
  const { HANGTAG_METRICS_PORT: portBase } = config;
  const metricsPorts = portBase === undefined ? {} : await choosePorts(METRICS, { ...request, portBase });
  const functionsEnv = (await hooks.adaptEnvironment?.(direct)) ?? direct;
  const topology = { ...topologyOf(config), ...hooks.messaging };
  const urlOf = (name: string) => `http://${HOST}:${ports[processOf(name)]}/${name}`;
  return {
    request,
    emulators,
    hooks,
    ports,
    hidden,
    config,
    topology,
    urlOf,
    env,
    metricsPorts,
    functionsEnv,
  };
}

/** The process that serves a function. */
function processOf(name: string): HostName {
  const hosts = Object.keys(HOSTS) as HostName[];
  const host = hosts.find((each) => HOSTS[each].some((entry) => entry.name === name));
  if (host === undefined) throw new RangeError(`Expected the name of a function but received ${name}`);
  return host;
}

/** Chooses a port for each part, and prints the ports that differ from the wanted ones. */
export async function choosePorts<Part extends string>(
  parts: readonly Part[],
  { portBase, say }: Pick<StackRequest, 'portBase' | 'say'>,
): Promise<Readonly<Record<Part, number>>> {
  const picked = await pickPorts(portBase, parts);
  for (const { name, wanted, port } of picked) {
    if (port !== wanted) say(`Port ${wanted} is taken: ${name} listens on ${port}.`);
  }
  const ports = picked.map(({ name, port }) => [name, port]);
  return Object.fromEntries(ports) as Record<Part, number>;
}

function environmentOf(request: StackRequest, ports: Ports) {
  const { bucket, modelDir } = request;
  return {
    GCLOUD_PROJECT: PROJECT,
    GOOGLE_CLOUD_PROJECT: PROJECT,
    STORAGE_EMULATOR_HOST: `http://${HOST}:${ports.bucket}`,
    FIRESTORE_EMULATOR_HOST: `${HOST}:${ports.firestore}`,
    PUBSUB_EMULATOR_HOST: `${HOST}:${ports.pubsub}`,
    HANGTAG_BUCKET: bucket,
    ...settingsOf(request),
    HANGTAG_MODEL_DIR: resolve(modelDir),
    HANGTAG_MODEL_STORE: process.env['HANGTAG_MODEL_STORE'] ?? resolve('.hangtag/models'),
    // The servers listen on loopback only.
    HANGTAG_API_ACCESS: 'local',
    HANGTAG_API_ORIGINS: [`http://${HOST}:${ports.page}`, process.env['HANGTAG_API_ORIGINS'] ?? ''].join(','),
    // Otherwise Google's clients search for a metadata server for seconds.
    METADATA_SERVER_DETECTION: 'none',
  } as const;
}
