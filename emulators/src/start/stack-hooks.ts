/** Where faults are let into a stack on Google's emulators, so that tests meet the very stack that users start. */
import type { Messaging } from '@hangtag/functions/platform/topology.js';
import type { ServerHooks } from '../bucket/faults.js';
import type { SupervisedProcess } from '../processes/supervisor.js';
import type { Stack } from './stack.js';

export interface StackHooks {
  readonly bucket?: ServerHooks;
  /** In place of the topics and subscriptions that the stack has otherwise. */
  readonly messaging?: Messaging;
  /** Subscriptions whose messages wait, and until when. */
  readonly heldUntil?: Readonly<Record<string, Promise<unknown>>>;
  /** Changes the environment of the functions, for example to the address of a proxy. */
  readonly tellFunctions?: (env: Readonly<Record<string, string>>) => Promise<NodeJS.ProcessEnv>;
}

/** The parts that are processes of their own. */
export type ProcessName = 'firestore' | 'pubsub' | 'functions' | 'classify';

export interface EmulatorStack extends Stack {
  readonly processes: Readonly<Record<ProcessName, SupervisedProcess>>;
}
