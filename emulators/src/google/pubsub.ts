import { hostOf } from '../processes/ports.js';
import { untilAnswering } from '../processes/readiness.js';
import type { SupervisedProcess } from '../processes/supervisor.js';
import { type EmulatorOptions, superviseEmulator } from './emulator.js';

const MAX_HEAP_MIB = 256;

export interface PubsubOptions extends EmulatorOptions {
  /**
   * Creates topics and subscriptions. The emulator is ready only after this: it keeps them only in memory, and after a restart
   * it would answer publishers with NOT_FOUND.
   */
  readonly prepare: (host: string) => Promise<void>;
}

/** Starts the Pub/Sub emulator. A crash loses the messages that were not delivered yet. @throws ProcessNotReady */
export function startPubsubEmulator(options: PubsubOptions): Promise<SupervisedProcess> {
  const host = hostOf(options.address);
  return superviseEmulator(
    { maxHeapMiB: MAX_HEAP_MIB, ...options },
    {
      name: 'pubsub',
      args: () => [],
      untilReady: async (signal) => {
        await untilAnswering(`http://${host}`, signal);
        if (!signal.aborted) await options.prepare(host);
      },
    },
  );
}
