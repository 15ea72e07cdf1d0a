/** Learns from the corrections of a tenant, stores the new version and puts it on trial. */
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import { judgedImages } from '@hangtag/shared/learning/judged-images.js';
import type { Learned } from '@hangtag/shared/learning/learn-head.js';
import { type LearnObserver, type LearnRequest, learnModel } from '@hangtag/shared/learning/learn-model.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import { addModel, modelsOf, type RolloutPorts, type RolloutRequest, startTrial } from '../models/handler.js';

export interface CorrectionsRequest extends RolloutRequest, Pick<LearnRequest, 'min' | 'out' | 'id'> {
  /** Folder of the model that it comes from. Default: the one that labels for the tenant. */
  readonly baseDir: string | undefined;
  /** Of the images, for the trial. */
  readonly share: number;
  /** Reviewers whose corrections are learned though all are to one label. */
  readonly trusted: readonly string[];
}

export interface CorrectionsPorts extends RolloutPorts {
  readonly objects: ObjectStore;
  readonly clock: Clock;
}

export interface CorrectionsObserver extends LearnObserver {
  /** Awaited before the new version is stored; if `signal` has fired then, it is not stored. */
  readonly onStore?: () => Promise<void>;
}

export interface LearnedVersion {
  readonly version: ModelPin;
  readonly learned: Learned;
}

/** @throws {LessonError | InputError | ModelError} there is too little to learn from, or the new version cannot be used */
export async function learnCorrections(
  { tenant, by, baseDir, share, trusted, ...learning }: CorrectionsRequest,
  ports: CorrectionsPorts,
  observer: CorrectionsObserver,
): Promise<LearnedVersion> {
  const { active } = await modelsOf(tenant, ports);
  const base = baseDir ?? (active === null ? ports.installedDir : await ports.store.get(active));
  const gathered = await judgedImages({ tenant, nowMs: ports.clock.now(), trusted }, ports);
  const { dir, learned } = await learnModel(
    { ...learning, gathered, baseDir: base, keepsLabels: true },
    observer,
  );
  await observer.onStore?.();
  observer.signal?.throwIfAborted();
  const version = await addModel({ tenant, by, dir, with: 'learn' }, ports);
  await startTrial({ tenant, by, version, share }, ports);
  return { version, learned };
}
