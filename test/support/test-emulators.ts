/**
 * Google's emulators for tests: their data is removed afterwards. Firestore refuses queries without an index in
 * firestore.indexes.json.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startFirestoreEmulator } from '@hangtag/emulators/google/firestore.js';
import type { EmulatorProgram } from '@hangtag/emulators/google/programs.js';
import { startPubsubEmulator } from '@hangtag/emulators/google/pubsub.js';
import { IndexCheck } from '@hangtag/emulators/indexes/index-check.js';
import { Indexes, type IndexFile } from '@hangtag/emulators/indexes/index-file.js';
import { startIndexProxy } from '@hangtag/emulators/indexes/index-proxy.js';
import { INDEX_FILE, SHARDED_INDEX_FILE } from '@hangtag/emulators/indexes/write-sharded-indexes.js';
import { freePort } from '@hangtag/emulators/processes/ports.js';

/** The root of the repository, relative to the compiled file. */
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
export const RULES_FILE = join(REPOSITORY, 'firestore.rules');

export interface RunningEmulator {
  readonly host: string;
  readonly port: number;
  /** Without the proxy that refuses queries. */
  readonly emulatorPort: number;
  readonly stop: () => Promise<void>;
}

export const START = { firestore: startFirestore, pubsub: startPubsub };

async function startFirestore(program: EmulatorProgram): Promise<RunningEmulator> {
  const { port, dataDirectory, remove } = await surroundings();
  const emulator = await startFirestoreEmulator({
    program,
    address: { host: '127.0.0.1', port },
    dataDirectory,
    projectId: 'demo-hangtag',
    rulesFile: RULES_FILE,
  });
  const check = new IndexCheck(await indexesOfBothFiles());
  const proxy = await startIndexProxy({ target: { host: '127.0.0.1', port }, check });
  const stop = () =>
    proxy
      .close()
      .then(() => emulator.process.stop())
      .finally(remove);
  return { host: `127.0.0.1:${proxy.port}`, port: proxy.port, emulatorPort: port, stop };
}

async function startPubsub(program: EmulatorProgram): Promise<RunningEmulator> {
  const { port, dataDirectory, remove } = await surroundings();
  const emulator = await startPubsubEmulator({
    program,
    address: { host: '127.0.0.1', port },
    dataDirectory,
    prepare: async () => undefined,
  });
  return { host: `127.0.0.1:${port}`, port, emulatorPort: port, stop: () => emulator.stop().finally(remove) };
}

/** For records with and without shards. */
async function indexesOfBothFiles(): Promise<Indexes> {
  const [file, sharded] = await Promise.all(
    [INDEX_FILE, SHARDED_INDEX_FILE].map(
      async (path): Promise<IndexFile> => JSON.parse(await readFile(path, 'utf8')),
    ),
  );
  const indexes = [...(file?.indexes ?? []), ...(sharded?.indexes ?? [])];
  return new Indexes({ indexes, fieldOverrides: file?.fieldOverrides ?? [] });
}

async function surroundings() {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'hangtag-emulator-'));
  const remove = () => rm(dataDirectory, { recursive: true, force: true });
  return { port: await freePort(), dataDirectory, remove };
}
