/** What a running stack offers to those who drop, watch and stop it, however it is made. */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';

export interface Stack {
  /** How it runs: on Google's emulators, or embedded without them. */
  readonly mode: 'emulators' | 'embedded';
  readonly bucket: string;
  /** What a client of Google's libraries sets to find this stack. */
  readonly env: Readonly<Record<string, string>>;
  /** Name and address of everything that listens, for people. */
  readonly addresses: readonly (readonly [name: string, address: string])[];
  /** URL by job, as Cloud Scheduler would call it. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Calls back with every record as it is written, from now on. @returns how to stop */
  watch(listener: (record: ImageRecord) => void): Promise<() => void>;
  /** Ends every process; resolves when none is left. */
  stop(): Promise<void>;
}

/** What every kind of stack is told. */
export interface StackRequest {
  readonly bucket: string;
  readonly dataDir: string;
  readonly portBase: number;
  readonly modelDir: string;
  /** Told of what the user should know while it starts. */
  readonly say: (line: string) => void;
}
