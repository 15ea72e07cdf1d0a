/** A running stack of any mode. */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';

export interface Stack {
  /** With Google's emulators, or embedded without them. */
  readonly mode: 'emulators' | 'embedded';
  readonly bucket: string;
  /** Environment variables with which Google's clients find this stack. */
  readonly env: Readonly<Record<string, string>>;
  /** Names and addresses of the parts, to print. */
  readonly addresses: readonly (readonly [name: string, address: string])[];
  /** The URL of each scheduled job, by name. */
  readonly jobs: Readonly<Record<string, string>>;
  /** Calls the listener with every record that is written from now on. */
  watch(listener: (record: ImageRecord) => void): Promise<RecordWatch>;
  /** Resolves when all processes have ended. */
  stop(): Promise<void>;
}

/** A listener can miss writes under load; `read` returns the stored records. */
export interface RecordWatch {
  /** The records of these objects. Objects without a record are left out. */
  read(names: readonly string[]): Promise<readonly ImageRecord[]>;
  stop(): void;
}

/** What a stack of any mode needs to start. */
export interface StackRequest {
  readonly bucket: string;
  readonly dataDir: string;
  /** Whether the next run on this folder must have the records even after a crash. */
  readonly isKept?: boolean;
  /** Whether Firestore refuses queries that have no index in firestore.indexes.json. */
  readonly enforceIndexes?: boolean;
  readonly portBase: number;
  readonly modelDir: string;
  /** Where the functions send their traces. */
  readonly otlpEndpoint?: string | undefined;
  /** People have a wardrobe, which is kept in this PostgreSQL database; the key encrypts tokens in it. */
  readonly wardrobe?: { readonly url: string; readonly tokenKey: string } | undefined;
  /** Prints a line for the user. */
  readonly say: (line: string) => void;
}

/** Settings of the functions that follow from the request, in every mode. */
export function settingsOf({ otlpEndpoint, wardrobe }: StackRequest): Readonly<Record<string, string>> {
  return {
    ...(otlpEndpoint && { HANGTAG_OTLP_ENDPOINT: otlpEndpoint }),
    ...(wardrobe && {
      HANGTAG_DATABASE_URL: wardrobe.url,
      HANGTAG_TOKEN_KEY: wardrobe.tokenKey,
      HANGTAG_WARDROBE: 'true',
      HANGTAG_PALETTE: 'true',
    }),
  };
}
