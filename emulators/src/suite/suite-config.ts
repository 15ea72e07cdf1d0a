/** Writes firebase.json for one run, with free ports, into a new folder, which also gets the logs. */
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, isFree } from '../processes/ports.js';
import { PROJECT_ROOT } from '../start/project-root.js';
import { HOST } from '../start/stack-plan.js';
import { writeHosting } from './hosting.js';

const listener = z.object({ port: z.number().int() });
const PARTS = ['functions', 'firestore', 'pubsub', 'auth', 'hosting', 'storage', 'ui'] as const;
type Part = (typeof PARTS)[number];

/** The emulators that the suite can always run: they are in firebase-tools, or the launcher found them. */
export const SUITE_EMULATORS = [
  'functions',
  'firestore',
  'pubsub',
  'auth',
  'hosting',
] as const satisfies readonly Part[];

const firebaseJson = z.looseObject({
  functions: z.tuple([z.looseObject({ source: z.string() })]),
  firestore: z.object({ rules: z.string(), indexes: z.string() }),
  hosting: z.looseObject({ public: z.string(), headers: z.array(z.looseObject({ source: z.string() })) }),
  emulators: z.object(
    Object.fromEntries(PARTS.map((part) => [part, listener])) as Record<Part, typeof listener>,
  ),
});

/** The port of each part. `storage` is the bucket server, which replaces the suite's storage emulator. */
export type SuitePorts = Readonly<Record<Part, number>>;

export interface SuiteConfigRequest {
  /** Absolute. */
  readonly folder: string;
  readonly ui: 'on' | 'off';
  readonly say: (line: string) => void;
}

/**
 * firebase-tools reads every path in firebase.json relative to its folder, so the files are copied or linked there.
 *
 * @returns the ports of the project's firebase.json; a port that is taken is replaced by a free one
 */
export async function writeSuiteConfig({ folder, ui, say }: SuiteConfigRequest): Promise<SuitePorts> {
  const { functions, firestore, hosting, emulators } = await readFirebaseJson();
  await mkdir(folder, { recursive: true });
  for (const file of Object.values(firestore)) await copyFile(join(PROJECT_ROOT, file), join(folder, file));
  await linkFolder(join(PROJECT_ROOT, functions[0].source), join(folder, 'functions'));
  // firebase-tools looks for firebase-functions above the link, and Node above the target of the link.
  await linkFolder(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  const ports = await choosePorts(emulators, say);
  const listeners = SUITE_EMULATORS.map((part) => [part, { host: HOST, port: ports[part] }]);
  const own = {
    functions: [{ ...functions[0], source: 'functions' }],
    firestore,
    hosting: await writeHosting(folder, hosting, ports),
    emulators: {
      ...Object.fromEntries(listeners),
      ui: { enabled: ui === 'on', host: HOST, port: ports.ui },
      singleProjectMode: true,
    },
  };
  await writeFile(join(folder, 'firebase.json'), `${JSON.stringify(own, null, 2)}\n`);
  return ports;
}

async function readFirebaseJson() {
  return firebaseJson.parse(JSON.parse(await readFile(join(PROJECT_ROOT, 'firebase.json'), 'utf8')));
}

async function linkFolder(source: string, link: string): Promise<void> {
  await rm(link, { force: true });
  await symlink(source, link, 'dir');
}

async function choosePorts(
  wanted: Readonly<Record<Part, { readonly port: number }>>,
  say: (line: string) => void,
): Promise<SuitePorts> {
  const ports: [Part, number][] = [];
  for (const part of PARTS) ports.push([part, await choosePort(part, wanted[part].port, say)]);
  return Object.fromEntries(ports) as SuitePorts;
}

async function choosePort(part: Part, wanted: number, say: (line: string) => void): Promise<number> {
  if (await isFree(wanted)) return wanted;
  const found = await freePort();
  say(`Port ${wanted} is taken: ${part} listens on ${found}.`);
  return found;
}
