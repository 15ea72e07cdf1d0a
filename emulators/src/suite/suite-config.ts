/** firebase.json for one run, in a folder of its own: on ports that are free, and with the logs beside it. */
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, isFree } from '../processes/ports.js';
import { PROJECT_ROOT } from '../start/project-root.js';
import { HOST } from '../start/stack-plan.js';

const listener = z.object({ port: z.number().int() });

const firebaseJson = z.looseObject({
  functions: z.tuple([z.looseObject({ source: z.string() })]),
  firestore: z.object({ rules: z.string(), indexes: z.string() }),
  emulators: z.object({ functions: listener, firestore: listener, pubsub: listener, storage: listener }),
});

type FirebaseJson = z.infer<typeof firebaseJson>;
/** By part; `storage` is the bucket server, in the place of the suite's own. */
export type SuitePorts = Readonly<Record<keyof FirebaseJson['emulators'], number>>;

/**
 * Every path in firebase.json is taken from where it lies, so what it names is brought there.
 *
 * @param folder absolute
 * @returns where the parts will listen: where the project's firebase.json says, elsewhere where that is taken
 */
export async function writeSuiteConfig(folder: string, say: (line: string) => void): Promise<SuitePorts> {
  const config = firebaseJson.parse(JSON.parse(await readFile(join(PROJECT_ROOT, 'firebase.json'), 'utf8')));
  const { functions, firestore, emulators } = config;
  await mkdir(folder, { recursive: true });
  for (const file of Object.values(firestore)) await copyFile(join(PROJECT_ROOT, file), join(folder, file));
  await linkFolder(join(PROJECT_ROOT, functions[0].source), join(folder, 'functions'));
  // firebase-tools looks for firebase-functions above the link, and Node above what it leads to.
  await linkFolder(join(PROJECT_ROOT, 'node_modules'), join(folder, 'node_modules'));
  const port = (part: keyof SuitePorts) => choosePort(part, emulators[part].port, say);
  const ports: SuitePorts = {
    functions: await port('functions'),
    firestore: await port('firestore'),
    pubsub: await port('pubsub'),
    storage: await port('storage'),
  };
  const own = {
    functions: [{ ...functions[0], source: 'functions' }],
    firestore,
    emulators: {
      functions: { host: HOST, port: ports.functions },
      firestore: { host: HOST, port: ports.firestore },
      pubsub: { host: HOST, port: ports.pubsub },
      ui: { enabled: false },
      singleProjectMode: true,
    },
  };
  await writeFile(join(folder, 'firebase.json'), `${JSON.stringify(own, null, 2)}\n`);
  return ports;
}

async function linkFolder(source: string, link: string): Promise<void> {
  await rm(link, { force: true });
  await symlink(source, link, 'dir');
}

async function choosePort(part: string, wanted: number, say: (line: string) => void): Promise<number> {
  if (await isFree(wanted)) return wanted;
  const found = await freePort();
  say(`Port ${wanted} is taken: ${part} listens on ${found}.`);
  return found;
}
