/**
 * Runs the functions as `firebase emulators:start` does: the suite has functions, Firestore, Pub/Sub, Auth and Hosting. The
 * bucket server replaces its storage emulator, which needs a download and keeps no generations.
 *
 *     bucket server ──events──► functions emulator ◄──messages── Pub/Sub emulator
 */

import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { EMULATED_BUCKET, emulatorFiles } from '@hangtag/functions/platform/parameters.js';
import { topologyOf } from '@hangtag/functions/platform/topology.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { publisherClient } from '../bridge/emulator-clients.js';
import { startBucketServer } from '../bucket/server.js';
import { EventDelivery } from '../events/event-delivery.js';
import { ownerClient } from '../google/firestore-client.js';
import { findJava } from '../google/java.js';
import { describeMissing, describeMissingJava } from '../google/missing.js';
import { PRODUCT_VARIABLES } from '../google/programs.js';
import { resolveEmulators } from '../google/resolve.js';
import { ownSurroundings } from '../google/surroundings.js';
import { type Child, startChild } from '../processes/child.js';
import { bundleFunctions } from '../start/functions-bundle.js';
import { Running } from '../start/running.js';
import type { Stack } from '../start/stack.js';
import { HOST, PROJECT } from '../start/stack-plan.js';
import { writeEmulatorFiles } from './emulator-files.js';
import { firebaseToolsFor, installFirebaseTools, pathWith, stopFirebaseTools } from './firebase-tools.js';
import { type LoadedFunctions, untilLoaded } from './loaded-functions.js';
import { LockStep, settledIn } from './lock-step.js';
import { findUi, linesOfLeftOut } from './parts.js';
import { SUITE_EMULATORS, type SuitePorts, writeSuiteConfig } from './suite-config.js';

export interface Suite extends Pick<Stack, 'bucket' | 'env' | 'jobs' | 'addresses' | 'stop'> {
  /** Resolves when firebase-tools ends, whether it was stopped or not. */
  readonly ended: Child['exited'];
}

/** @throws {UnavailableError} */
export async function startSuite(folder: string, say: (line: string) => void): Promise<Suite> {
  const programs = await findPrograms(say);
  await bundleFunctions(process.env['HANGTAG_MODEL_DIR']).catch((error: Error) => {
    throw new UnavailableError(error.message);
  });
  const running = new Running();
  try {
    const tools = await startTools({ folder, programs, say }, running);
    const { ports, child, logFile } = tools;
    const names = FUNCTIONS.map(({ name }) => name);
    const functions = await untilLoaded(`http://${HOST}:${ports.functions}`, { child, logFile, names });
    await createReportTopic(ports);
    await startBucket({ folder, ports, functions }, running);
    return suiteOf({ ...tools, functions }, () => running.stop());
  } catch (error) {
    await running.stop();
    throw error;
  }
}

interface ToolsRequest {
  readonly folder: string;
  readonly programs: Awaited<ReturnType<typeof findPrograms>>;
  readonly say: (line: string) => void;
}

async function startTools({ folder, programs, say }: ToolsRequest, running: Running) {
  const { path, version, java, emulators } = programs;
  const ui = findUi(ownSurroundings());
  await rm(folder, { recursive: true, force: true });
  const ports = await writeSuiteConfig({ folder, ui, say });
  const binaries = await writeEmulatorFiles(emulators, resolve(folder, 'emulators'));
  const env = { ...environmentOf(java), ...binaries, ...clientsOf(ports) };
  for (const [file, text] of Object.entries(emulatorFiles(parseConfig(env))))
    await writeFile(join(folder, 'functions', file), text);
  const logFile = join(folder, 'firebase.log');
  const args = [path, 'emulators:start', '--only', SUITE_EMULATORS.join(','), '--project', PROJECT];
  say('Starting the Firebase emulator suite ...');
  for (const line of linesOfLeftOut(ui, version)) say(`  ${line}`);
  const child = startChild({ command: process.execPath, args, env, cwd: folder, logFile });
  await running.add(Promise.resolve(child), stopFirebaseTools);
  return { ui, ports, logFile, child };
}

/** firebase-tools, Java and the emulators. @throws {UnavailableError} */
export async function findPrograms(say: (line: string) => void, on = ownSurroundings()) {
  const [java, emulators] = await Promise.all([findJava(on), resolveEmulators(on)]);
  if (java.kind !== 'found') throw new UnavailableError(describeMissingJava(java));
  if (emulators.kind === 'missing') throw new UnavailableError(describeMissing(emulators.missing));
  const version = firebaseToolsFor(java.major);
  say(`Java ${java.major} was found, so this uses ${version}. npx fetches it once, about 300 MB ...`);
  return { path: await installFirebaseTools(version), version, java: java.command, emulators };
}

/** The functions inherit it. They refuse a HANGTAG_ key that they do not know, so the launcher's keys are left out. */
function environmentOf(java: string): NodeJS.ProcessEnv {
  const env = { ...process.env, PATH: pathWith(java, process.env['PATH']) };
  const inherited = Object.entries(env).filter(([name]) => !PRODUCT_VARIABLES.has(name));
  return {
    ...Object.fromEntries(inherited),
    METADATA_SERVER_DETECTION: 'none',
    // Seconds. The default of 10 is too short for loading the functions on a busy machine.
    FUNCTIONS_DISCOVERY_TIMEOUT: '60',
  };
}

function clientsOf(ports: SuitePorts) {
  return {
    GCLOUD_PROJECT: PROJECT,
    HANGTAG_BUCKET: EMULATED_BUCKET,
    STORAGE_EMULATOR_HOST: `http://${HOST}:${ports.storage}`,
    FIRESTORE_EMULATOR_HOST: `${HOST}:${ports.firestore}`,
    PUBSUB_EMULATOR_HOST: `${HOST}:${ports.pubsub}`,
    FIREBASE_AUTH_EMULATOR_HOST: `${HOST}:${ports.auth}`,
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
  const firestore = ownerClient({ host: clientsOf(ports).FIRESTORE_EMULATOR_HOST, projectId: PROJECT });
  running.add(Promise.resolve(firestore), (client) => client.terminate());
  const lockStep = new LockStep(events.deliver, settledIn(firestore));
  running.add(Promise.resolve(lockStep), (queue) => queue.close());
  const dataDir = join(folder, 'bucket');
  const server = startBucketServer({
    dataDir,
    port: ports.storage,
    projectId: PROJECT,
    onEvent: lockStep.deliver,
  });
  await running.add(server, (bucket) => bucket.close());
  const apiEndpoint = clientsOf(ports).STORAGE_EMULATOR_HOST;
  await new Storage({ projectId: PROJECT, apiEndpoint }).bucket(EMULATED_BUCKET).create();
}

/** The suite creates the topics that trigger functions. No function listens to this one. */
async function createReportTopic(ports: SuitePorts): Promise<void> {
  const publisher = await publisherClient({
    host: clientsOf(ports).PUBSUB_EMULATOR_HOST,
    projectId: PROJECT,
  });
  const { HANGTAG_REPORT_TOPIC: topic } = parseConfig({});
  await publisher.createTopic({ name: `projects/${PROJECT}/topics/${topic}` });
  await publisher.close();
}

interface SuiteParts extends Awaited<ReturnType<typeof startTools>> {
  readonly functions: LoadedFunctions;
}

function suiteOf({ ports, ui, functions, logFile, child }: SuiteParts, stop: Suite['stop']): Suite {
  const env = clientsOf(ports);
  const addresses = [
    ['page', `http://${HOST}:${ports.hosting}`],
    ['bucket', `${env.STORAGE_EMULATOR_HOST}/b/${EMULATED_BUCKET}`],
    ['Firestore', env.FIRESTORE_EMULATOR_HOST],
    ['Pub/Sub', env.PUBSUB_EMULATOR_HOST],
    ['Auth', env.FIREBASE_AUTH_EMULATOR_HOST],
    ['functions', `http://${HOST}:${ports.functions}`],
    ...(ui === 'on' ? ([['UI', `http://${HOST}:${ports.ui}`]] as const) : []),
    ['log', logFile],
  ] as const;
  return { bucket: EMULATED_BUCKET, env, jobs: functions.jobs, addresses, ended: child.exited, stop };
}
