import { join } from 'node:path';
import { untilAnswering } from '../processes/readiness.js';
import type { SupervisedProcess } from '../processes/supervisor.js';
import { type EmulatorOptions, superviseEmulator } from './emulator.js';
import { FirestoreSnapshot } from './firestore-snapshot.js';

/** A bound, not what it takes: 100,000 records were seen to fill 512 MiB and bring it to a standstill. */
const MAX_HEAP_MIB = 2_048;

export interface FirestoreOptions extends EmulatorOptions {
  readonly projectId: string;
  /** Security rules; the emulator reads them at its start and watches the file. */
  readonly rulesFile: string;
}

export interface FirestoreEmulator {
  readonly process: SupervisedProcess;
  /** Writes the documents of the default database to the data directory, from where the next start reads them. */
  save(): Promise<void>;
}

/**
 * Starts the Firestore emulator with what the last `save` in the same data directory wrote. The emulator keeps
 * documents in memory only: a stop saves them, a crash loses what came after the last save.
 *
 * @throws ProcessNotReady
 */
export async function startFirestoreEmulator(options: FirestoreOptions): Promise<FirestoreEmulator> {
  const { port, rulesFile, projectId } = options;
  const url = `http://127.0.0.1:${port}`;
  const snapshot = new FirestoreSnapshot(join(options.dataDirectory, 'firestore'));
  const save = () => snapshot.save(url, projectId);
  const process = await superviseEmulator(
    { maxHeapMiB: MAX_HEAP_MIB, ...options },
    {
      name: 'firestore',
      args: () => [
        '--host=127.0.0.1',
        `--port=${port}`,
        `--rules=${rulesFile}`,
        ...snapshot.importArguments(),
      ],
      untilReady: (signal) => untilAnswering(url, signal),
      beforeStop: save,
    },
  );
  return { process, save };
}
