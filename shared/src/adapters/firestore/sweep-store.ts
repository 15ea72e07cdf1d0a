import { type DocumentReference, type Firestore, Timestamp } from '@google-cloud/firestore';
import { z } from 'zod';
import { NO_PROGRESS, PASSES, type SweepState } from '../../domain/sweep-state.js';
import type { SweepStore, SweepVersion, VersionedSweep } from '../../ports/sweep-store.js';
import { transientOr } from '../grpc-outcome.js';
import { putIfUnchanged, timeText } from './update-time.js';

/** A root collection, because one bucket may hold objects of several tenants. */
const SWEEPS = 'sweeps';

const INSTANTS = ['startedAt', 'updatedAt', 'etaAt', 'finishedAt'] as const;

const count = z.number().int().nonnegative();
const instant = z.instanceof(Timestamp).transform((time) => time.toMillis());
const counters = Object.fromEntries(Object.keys(NO_PROGRESS).map((key) => [key, count]));

/** Clients may write to this document to pause a sweep, so it is validated like any other input. */
const document = z.object({
  bucket: z.string().min(1),
  prefix: z.string(),
  passes: z.array(z.enum(PASSES)).min(1),
  mode: z.enum(['repair', 'dry-run']),
  status: z.enum(['running', 'paused', 'done', 'aborted']),
  requestId: z.string().nullable(),
  lease: z.object({ holder: z.string(), until: instant }).nullable(),
  pass: z.enum(PASSES),
  cursor: z.string(),
  progress: z.object(counters).transform((fields) => ({ ...NO_PROGRESS, ...fields })),
  expected: count.nullable(),
  costEstimate: z.number().nonnegative(),
  startedAt: instant,
  updatedAt: instant,
  etaAt: instant.nullable(),
  finishedAt: instant.nullable(),
});

export class FirestoreSweepStore implements SweepStore {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async get(bucket: string): Promise<VersionedSweep | undefined> {
    try {
      const snapshot = await this.#document(bucket).get();
      if (!snapshot.exists || snapshot.updateTime === undefined) return undefined;
      const version = timeText(snapshot.updateTime) as SweepVersion;
      return { state: document.safeParse(snapshot.data()).data, version };
    } catch (error) {
      throw transientOr(error, `read sweep of ${bucket}`);
    }
  }

  create(state: SweepState): Promise<SweepVersion | undefined> {
    return this.#put(state, undefined);
  }

  update(state: SweepState, version: SweepVersion): Promise<SweepVersion | undefined> {
    return this.#put(state, version);
  }

  async #put(state: SweepState, version: SweepVersion | undefined): Promise<SweepVersion | undefined> {
    const document = this.#document(state.bucket);
    try {
      return (await putIfUnchanged(document, fieldsOf(state), version)) as SweepVersion | undefined;
    } catch (error) {
      throw transientOr(error, `${version === undefined ? 'create' : 'update'} sweep of ${state.bucket}`);
    }
  }

  #document(bucket: string): DocumentReference {
    return this.#firestore.collection(SWEEPS).doc(bucket);
  }
}

function fieldsOf(state: SweepState): FirebaseFirestore.DocumentData {
  const instants = INSTANTS.map((key) => [key, timestampOf(state[key])]);
  const { lease } = state;
  return {
    ...state,
    ...Object.fromEntries(instants),
    lease: lease && { ...lease, until: Timestamp.fromMillis(lease.until) },
  };
}

function timestampOf(epochMs: number | null): Timestamp | null {
  return epochMs === null ? null : Timestamp.fromMillis(epochMs);
}
