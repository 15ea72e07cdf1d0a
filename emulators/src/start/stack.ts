/** A running stack, however it is made. */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';

export interface Stack {
  /** How it runs: on Google's emulators, or embedded without them. */
  readonly mode: 'emulators' | 'embedded';
  readonly bucket: string;
  /** The environment in which Google's clients find this stack. */
  readonly env: Readonly<Record<string, string>>;
  /** Name and address of everything that listens, for people. */
  readonly addresses: readonly (readonly [name: string, address: string])[];
  /** URL by job, as Cloud Scheduler would call it. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Calls back with every record that is written from now on. */
  watch(listener: (record: ImageRecord) => void): Promise<RecordWatch>;
  /** Ends every process; resolves when none is left. */
  stop(): Promise<void>;
}

/** A listener can miss writes under load: `read` returns the stored ones. */
export interface RecordWatch {
  /** The records of these objects. Objects without a record are left out. */
  read(names: readonly string[]): Promise<readonly ImageRecord[]>;
  stop(): void;
}

/** What every kind of stack needs to start. */
export interface StackRequest {
  readonly bucket: string;
  readonly dataDir: string;
  /** Whether the next run on this folder is to have the records even after a crash. */
  readonly isKept?: boolean;
  readonly portBase: number;
  readonly modelDir: string;
  /** Prints a line for the user. */
  readonly say: (line: string) => void;
}
