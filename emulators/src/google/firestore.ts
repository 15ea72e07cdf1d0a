import { join } from 'node:path';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { pause } from '../processes/backoff.js';
import { hostOf } from '../processes/ports.js';
import { untilAnswering } from '../processes/readiness.js';
import type { SupervisedProcess } from '../processes/supervisor.js';
import { type EmulatorOptions, superviseEmulator } from './emulator.js';
import { FirestoreSnapshot } from './firestore-snapshot.js';

/** The emulator usually needs less, but with 512 MiB it stopped answering at 100,000 records. */
const MAX_HEAP_MIB = 2_048;

export interface FirestoreOptions extends EmulatorOptions {
  readonly projectId: string;
  /** Security rules. The emulator reads them when it starts and when the file changes. */
  readonly rulesFile: string;
  /** Interval between saves while it runs. If undefined, it saves only when it is stopped. */
  readonly saveEveryMs?: number;
  /** Called for the first of several saves that fail between two that succeed. */
  readonly onUnsaved?: (reason: string) => void;
}

export interface FirestoreEmulator {
  readonly process: SupervisedProcess;
  /** Writes the documents of the default database to the data directory. The next start reads them from there. */
  save(): Promise<void>;
}

/** The duration of a save grows with the number of documents. At most this share of the time is spent on saving. */
const SAVING_SHARE = 1 / 5;

/**
 * Starts the Firestore emulator with the documents of the last `save` in the same data directory. The emulator keeps
 * documents only in memory: they are saved when it is stopped, and a crash loses the writes since the last save.
 *
 * @throws ProcessNotReady
 */
export async function startFirestoreEmulator(options: FirestoreOptions): Promise<FirestoreEmulator> {
  const { address, rulesFile, projectId, saveEveryMs, onUnsaved } = options;
  const url = `http://${hostOf(address)}`;
  const snapshot = new FirestoreSnapshot(join(options.dataDirectory, 'firestore'));
  const save = () => snapshot.save(url, projectId);
  const stopping = new AbortController();
  const process = await superviseEmulator(
    { maxHeapMiB: MAX_HEAP_MIB, ...options },
    {
      name: 'firestore',
      args: () => [`--rules=${rulesFile}`, ...snapshot.importArguments()],
      untilReady: (signal) => untilAnswering(url, signal),
      beforeStop: async () => {
        stopping.abort();
        await save().catch((cause: unknown) => {
          throw new UnavailableError(
            `Expected to save the records in ${options.dataDirectory} but found ${describeSystemError(cause)}. The next stack on this folder compares them with the bucket`,
            { cause },
          );
        });
      },
    },
  );
  if (saveEveryMs !== undefined) {
    const regular = { everyMs: saveEveryMs, signal: stopping.signal, onUnsaved };
    void saveRegularly(save, regular);
  }
  return { process, save };
}

interface RegularSaves {
  readonly everyMs: number;
  readonly signal: AbortSignal;
  readonly onUnsaved: FirestoreOptions['onUnsaved'] | undefined;
}

async function saveRegularly(
  save: () => Promise<void>,
  { everyMs, signal, onUnsaved }: RegularSaves,
): Promise<void> {
  let waitMs = everyMs;
  let isFailing = false;
  for (;;) {
    await pause(waitMs, signal);
    if (signal.aborted) return;
    const startedAt = performance.now();
    const fault = await save().then(
      () => undefined,
      (error: unknown) => error,
    );
    // `fetch` throws a TypeError if an emulator that has just crashed does not answer: it is restarted, and the next save succeeds.
    const isFault = fault !== undefined && !(fault instanceof TypeError);
    if (isFault && !isFailing) onUnsaved?.(describeSystemError(fault));
    isFailing = isFault;
    waitMs = Math.max(everyMs, (performance.now() - startedAt) / SAVING_SHARE);
  }
}
