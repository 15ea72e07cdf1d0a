/** Where the parts of a stack on Google's emulators listen, and what the functions are told of it. */
import { resolve } from 'node:path';
import type { EmulatorSearch } from '../google/resolve.js';
import { pickPorts } from '../processes/ports.js';
import type { StackRequest } from './stack.js';
import type { StackHooks } from './stack-hooks.js';

export const PROJECT = 'demo-hangtag';
export const HOST = '127.0.0.1';

const PARTS = ['bucket', 'firestore', 'pubsub', 'functions', 'classify'] as const;

type Ports = Readonly<Record<(typeof PARTS)[number], number>>;

export interface StackPlan {
  readonly request: StackRequest;
  readonly emulators: Extract<EmulatorSearch, { kind: 'found' }>;
  readonly ports: Ports;
  /** For every client of this stack. */
  readonly env: ReturnType<typeof environmentOf>;
  /** For the functions: the same, unless a hook says otherwise. */
  readonly functionsEnv: NodeJS.ProcessEnv;
  readonly hooks: StackHooks;
  /** Base URLs of the two processes that serve functions. */
  readonly urls: { readonly functions: string; readonly classify: string };
}

export async function planStack(
  request: StackRequest,
  emulators: StackPlan['emulators'],
  hooks: StackHooks,
): Promise<StackPlan> {
  const ports = await choosePorts(request);
  const urls = {
    functions: `http://${HOST}:${ports.functions}`,
    classify: `http://${HOST}:${ports.classify}`,
  };
  const env = environmentOf(request, ports);
  const functionsEnv = (await hooks.tellFunctions?.(env)) ?? env;
  return { request, emulators, hooks, ports, urls, env, functionsEnv };
}

async function choosePorts({ portBase, say }: StackRequest): Promise<Ports> {
  const picked = await pickPorts(portBase, PARTS);
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
