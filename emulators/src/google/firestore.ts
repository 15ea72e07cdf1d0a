import { join } from 'node:path';
import { pause } from '../processes/backoff.js';
import { untilAnswering } from '../processes/readiness.js';
import type { SupervisedProcess } from '../processes/supervisor.js';
import { type EmulatorOptions, superviseEmulator } from './emulator.js';
import { FirestoreSnapshot } from './firestore-snapshot.js';

/** A limit, not the usual need: with 512 MiB the emulator was seen to stand still at 100,000 records. */
const MAX_HEAP_MIB = 2_048;

export interface FirestoreOptions extends EmulatorOptions {
  readonly projectId: string;
  /** Security rules. The emulator reads them at its start and watches the file. */
  readonly rulesFile: string;
  /** Saves this often while it runs. Without it, only a stop saves. */
  readonly saveEveryMs?: number;
}

export interface FirestoreEmulator {
  readonly process: SupervisedProcess;
  /** Writes the documents of the default database to the data directory, from where the next start reads them. */
  save(): Promise<void>;
}

/** A save takes time in proportion to the documents; at most this share of the time is spent on saving. */
const SAVING_SHARE = 1 / 5;

/**
 * Starts the Firestore emulator with the documents of the last `save` in the same data directory. The emulator keeps
 * documents in memory only: a stop saves them, and a crash loses what came after the last save.
 *
 * @throws ProcessNotReady
 */
export async function startFirestoreEmulator(options: FirestoreOptions): Promise<FirestoreEmulator> {
  const { port, rulesFile, projectId, saveEveryMs } = options;
  const url = `http://127.0.0.1:${port}`;
  const snapshot = new FirestoreSnapshot(join(options.dataDirectory, 'firestore'));
  const save = () => snapshot.save(url, projectId);
  const stopping = new AbortController();
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
      beforeStop: async () => {
        stopping.abort();
        await save();
      },
    },
  );
  if (saveEveryMs !== undefined) void saveRegularly(save, saveEveryMs, stopping.signal);
  return { process, save };
}

async function saveRegularly(save: () => Promise<void>, everyMs: number, signal: AbortSignal): Promise<void> {
  let waitMs = everyMs;
  for (;;) {
    await pause(waitMs, signal);
    if (signal.aborted) return;
    const startedAt = performance.now();
    // An emulator that has just crashed does not answer. The next save finds it again.
    await save().catch(() => undefined);
    waitMs = Math.max(everyMs, (performance.now() - startedAt) / SAVING_SHARE);
  }
}
