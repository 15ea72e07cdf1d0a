import { type DocumentReference, type Firestore, Timestamp } from '@google-cloud/firestore';
import { z } from 'zod';
import type { TenantId } from '../../domain/identity.js';
import {
  LEARNING_FAULTS,
  LEARNING_STATES,
  LEARNING_STEPS,
  type LearningRun,
} from '../../domain/learning-run.js';
import type { LearningRuns, LearningRunVersion, VersionedLearningRun } from '../../ports/learning-runs.js';
import { transientOr } from '../grpc-outcome.js';
import { putIfUnchanged, timeText } from './update-time.js';

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const instant = z.instanceof(Timestamp).transform((time) => time.toMillis());
const texts = z.array(z.string());
const document: z.ZodType<LearningRun> = z.object({
  ...{ id: z.string(), by: z.string(), min: count, share, trusted: texts },
  ...{ state: z.enum(LEARNING_STATES), step: z.enum(LEARNING_STEPS), done: count, total: count },
  ...{ notes: texts, reviewers: texts, message: z.string().nullable() },
  fault: z.enum(LEARNING_FAULTS).nullable(),
  figures: z
    .object({
      ...{ n: count, accuracy: share.nullable(), accuracyBefore: share.nullable() },
      classes: z.array(
        z.object({
          ...{ label: z.string(), n: count },
          ...{ precision: share.nullable(), recall: share.nullable(), recallBefore: share.nullable() },
        }),
      ),
    })
    .nullable(),
  model: z.object({ id: z.string(), version: z.string() }).nullable(),
  ...{ queuedAt: instant, updatedAt: instant },
});

export class FirestoreLearningRuns implements LearningRuns {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async get(tenant: TenantId): Promise<VersionedLearningRun | undefined> {
    try {
      const snapshot = await this.#document(tenant).get();
      if (snapshot.updateTime === undefined) return undefined;
      const version = timeText(snapshot.updateTime) as LearningRunVersion;
      return { run: document.safeParse(snapshot.data()).data, version };
    } catch (error) {
      throw transientOr(error, `read the learning of ${tenant}`);
    }
  }

  async put(
    tenant: TenantId,
    run: LearningRun,
    version: LearningRunVersion | undefined,
  ): Promise<LearningRunVersion | undefined> {
    const fields = {
      ...run,
      queuedAt: Timestamp.fromMillis(run.queuedAt),
      updatedAt: Timestamp.fromMillis(run.updatedAt),
    };
    try {
      return (await putIfUnchanged(this.#document(tenant), fields, version)) as
        | LearningRunVersion
        | undefined;
    } catch (error) {
      throw transientOr(error, `write the learning of ${tenant}`);
    }
  }

  #document(tenant: TenantId): DocumentReference {
    return this.#firestore.doc(`tenants/${tenant}/learning/latest`);
  }
}
