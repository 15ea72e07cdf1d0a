/**
 * The functions as `firebase emulators:start` runs them: functions, Firestore and Pub/Sub are the suite's, and our bucket
 * server stands in the place of its storage emulator, which needs a download and keeps no generations.
 *
 *     bucket server ──events──► functions emulator ◄──messages── Pub/Sub emulator
 */

import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { FUNCTIONS } from '@hangtag/functions/function-table.js';
import { topologyOf } from '@hangtag/functions/topology.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { publisherClient } from '../bridge/emulator-clients.js';
import { startBucketServer } from '../bucket/server.js';
import { EventDelivery } from '../events/event-delivery.js';
import { findJava } from '../google/java.js';
import { describeMissing } from '../google/missing.js';
import { PRODUCT_VARIABLES } from '../google/programs.js';
import { resolveEmulators } from '../google/resolve.js';
import { ownSurroundings } from '../google/surroundings.js';
import { type Child, startChild } from '../processes/child.js';
import { bundleFunctions } from '../start/functions-bundle.js';
import { Running } from '../start/running.js';
import type { Stack } from '../start/stack.js';
import { HOST, PROJECT } from '../start/stack-plan.js';
import { writeEmulatorFiles } from './emulator-files.js';
import { firebaseToolsFor, installFirebaseTools, pathWith } from './firebase-tools.js';
import { type LoadedFunctions, untilLoaded } from './loaded-functions.js';
import { writeParameters } from './parameters.js';
import { type SuitePorts, writeSuiteConfig } from './suite-config.js';

const BUCKET = 'hangtag-images';
/** Longer than the suite takes to stop its emulators, which nobody else would stop. */
const STOP_GRACE_MS = 30_000;

export interface Suite extends Pick<Stack, 'bucket' | 'env' | 'jobs' | 'addresses' | 'stop'> {
  /** Settles when firebase-tools ends, asked or not. */
  readonly ended: Child['exited'];
}

/** @throws {UnavailableError} */
export async function startSuite(folder: string, say: (line: string) => void): Promise<Suite> {
  const { path, java, emulators } = await findPrograms(say);
  await bundleFunctions().catch((error: Error) => {
    throw new UnavailableError(error.message);
  });
  const running = new Running();
  try {
    await rm(folder, { recursive: true, force: true });
    const ports = await writeSuiteConfig(folder, say);
    const binaries = await writeEmulatorFiles(emulators, resolve(folder, 'emulators'));
    const env = { ...environmentOf(java), ...binaries, ...clientsOf(ports) };
    await writeParameters(join(folder, 'functions'), env);
    const logFile = join(folder, 'firebase.log');
    const args = [path, 'emulators:start', '--only', 'functions,firestore,pubsub', '--project', PROJECT];
    const child = startChild({ command: process.execPath, args, env, cwd: folder, logFile });
    await running.add(Promise.resolve(child), ({ stop }) => stop(STOP_GRACE_MS));
    say('Starting the Firebase emulator suite ...');
    const names = FUNCTIONS.map(({ name }) => name);
    const functions = await untilLoaded(`http://${HOST}:${ports.functions}`, { child, logFile, names });
    await createReportTopic(ports);
    await startBucket({ folder, ports, functions }, running);
    return suiteOf({ ports, functions, logFile }, { ended: child.exited, stop: () => running.stop() });
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function findPrograms(say: (line: string) => void) {
  const on = ownSurroundings();
  const [java, emulators] = await Promise.all([findJava(on), resolveEmulators(on)]);
  if (emulators.kind === 'missing') throw new UnavailableError(describeMissing(emulators.missing));
  if (java.kind !== 'found') throw new UnavailableError(describeMissing([{ what: 'java', found: java }]));
  const version = firebaseToolsFor(java.major);
  say(`Looking for ${version}; npx fetches it once, about 300 MB ...`);
  return { path: await installFirebaseTools(version), java: java.command, emulators };
}

/** What the functions inherit. They refuse a HANGTAG_ key that is not theirs, as those of the launcher are not. */
function environmentOf(java: string): NodeJS.ProcessEnv {
  const env = { ...process.env, PATH: pathWith(java, process.env['PATH']) };
  const inherited = Object.entries(env).filter(([name]) => !PRODUCT_VARIABLES.has(name));
  return {
    ...Object.fromEntries(inherited),
    METADATA_SERVER_DETECTION: 'none',
    // Seconds. It gives the functions 10 to say what they are, which a busy machine does not keep.
    FUNCTIONS_DISCOVERY_TIMEOUT: '60',
  };
}

function clientsOf(ports: SuitePorts) {
  return {
    GCLOUD_PROJECT: PROJECT,
    STORAGE_EMULATOR_HOST: `http://${HOST}:${ports.storage}`,
    FIRESTORE_EMULATOR_HOST: `${HOST}:${ports.firestore}`,
    PUBSUB_EMULATOR_HOST: `${HOST}:${ports.pubsub}`,
  };
}

interface Loaded {
  readonly folder: string;
  readonly ports: SuitePorts;
  readonly functions: LoadedFunctions;
}

async function startBucket({ folder, ports, functions }: Loaded, running: Running): Promise<void> {
  const { objectEvents } = topologyOf(parseConfig(process.env));
  const targets = Object.fromEntries(
    objectEvents.map(({ event, function: name }) => [event, functions.urlOf(name)]),
  );
  const events = new EventDelivery({ targets });
  running.add(Promise.resolve(events), (delivery) => delivery.close());
  const dataDir = join(folder, 'bucket');
  const server = startBucketServer({ dataDir, port: ports.storage, onEvent: events.deliver });
  await running.add(server, (bucket) => bucket.close());
  const apiEndpoint = clientsOf(ports).STORAGE_EMULATOR_HOST;
  await new Storage({ projectId: PROJECT, apiEndpoint }).bucket(BUCKET).create();
}

/** The suite makes the topics that functions listen to; to this one only the report speaks. */
async function createReportTopic(ports: SuitePorts): Promise<void> {
  const publisher = await publisherClient({
    host: clientsOf(ports).PUBSUB_EMULATOR_HOST,
    projectId: PROJECT,
  });
  const { HANGTAG_REPORT_TOPIC: topic } = parseConfig({});
  await publisher.createTopic({ name: `projects/${PROJECT}/topics/${topic}` });
  await publisher.close();
}

function suiteOf(
  { ports, functions, logFile }: Omit<Loaded, 'folder'> & { readonly logFile: string },
  life: Pick<Suite, 'ended' | 'stop'>,
): Suite {
  const env = clientsOf(ports);
  const addresses = [
    ['bucket', `${env.STORAGE_EMULATOR_HOST}/b/${BUCKET}`],
    ['Firestore', env.FIRESTORE_EMULATOR_HOST],
    ['Pub/Sub', env.PUBSUB_EMULATOR_HOST],
    ['functions', `http://${HOST}:${ports.functions}`],
    ['log', logFile],
  ] as const;
  return { bucket: BUCKET, env, jobs: functions.jobs, addresses, ...life };
}
