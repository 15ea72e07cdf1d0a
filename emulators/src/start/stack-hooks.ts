/** Hooks with which tests inject faults into the same stack that users start. */
import type { Messaging } from '@hangtag/functions/platform/topology.js';
import type { ServerHooks } from '../bucket/server.js';
import type { SupervisedProcess } from '../processes/supervisor.js';
import type { Stack } from './stack.js';

export interface StackHooks {
  readonly bucket?: ServerHooks;
  /** Replaces the topics and subscriptions of the function table. */
  readonly messaging?: Messaging;
  /** By subscription: messages are delivered after this promise has resolved. */
  readonly heldUntil?: Readonly<Record<string, Promise<unknown>>>;
  /** Changes the environment of the functions, for example to the address of a proxy. */
  readonly adaptEnvironment?: (env: Readonly<Record<string, string>>) => Promise<NodeJS.ProcessEnv>;
}

/** The parts that are separate processes. */
export type ProcessName = 'firestore' | 'pubsub' | 'functions' | 'classify';

export interface EmulatorStack extends Stack {
  readonly processes: Readonly<Record<ProcessName, SupervisedProcess>>;
}
