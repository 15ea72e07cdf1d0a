/** The stack of `npm start` in its own folder, with the operations that benchmarks need. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentReference, Firestore } from '@google-cloud/firestore';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { describeMissing } from '@hangtag/emulators/google/missing.js';
import { resolveEmulators } from '@hangtag/emulators/google/resolve.js';
import { ownSurroundings } from '@hangtag/emulators/google/surroundings.js';
import { type EmulatorStack, startEmulatorStack } from '@hangtag/emulators/start/emulator-stack.js';
import { PROJECT, type StackHooks } from '@hangtag/emulators/start/stack-plan.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { DEFAULT_TENANT, imageIdOf } from '@hangtag/shared/domain/identity.js';
import { MODEL_DIR } from './model.js';
import { type Uploader, uploaderTo } from './upload.js';

const BUCKET = 'bench-images';
/** Far from the ports of a stack that a user runs. */
const PORT_BASE = 28_700;

export interface Stage {
  readonly stack: EmulatorStack;
  readonly bucket: string;
  /** Logs of the functions: one line for each outcome. */
  readonly logDir: string;
  readonly uploader: Uploader;
  /** Has access regardless of the security rules. */
  readonly firestore: Firestore;
  record(name: string): DocumentReference;
}

/** Opens a stage, calls `use`, and ends every process of the stage. `run-benchmarks.ts` removes its data. */
export async function withStage<T>(use: (stage: Stage) => Promise<T>, hooks: StackHooks = {}): Promise<T> {
  const search = await resolveEmulators(ownSurroundings());
  if (search.kind === 'missing') throw new Error(describeMissing(search.missing));
  const dataDir = await mkdtemp(join(tmpdir(), 'stack-'));
  const request = { bucket: BUCKET, dataDir, portBase: PORT_BASE, modelDir: MODEL_DIR, say: () => undefined };
  const stack = await startEmulatorStack(request, search, hooks);
  const { env } = stack;
  const firestore = ownerClient({ projectId: PROJECT, host: env['FIRESTORE_EMULATOR_HOST'] ?? '' });
  const uploader = uploaderTo(env['STORAGE_EMULATOR_HOST'] ?? '', BUCKET);
  const record = (name: string) =>
    firestore.doc(`tenants/${DEFAULT_TENANT}/${IMAGES}/${imageIdOf(BUCKET, name)}`);
  try {
    return await use({ stack, bucket: BUCKET, logDir: join(dataDir, 'logs'), uploader, firestore, record });
  } finally {
    uploader.close();
    await firestore.terminate();
    await stack.stop();
  }
}
