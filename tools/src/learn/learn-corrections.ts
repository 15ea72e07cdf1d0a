/** Learns from the corrections of a tenant, stores the new version and puts it on trial. */
import {
  addModel,
  modelsOf,
  type RolloutPorts,
  type RolloutRequest,
  startTrial,
} from '@hangtag/functions/models/handler.js';
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import { judgedImages } from './judged-images.js';
import { type LearnRequest, learnModel } from './learn-model.js';

export interface CorrectionsRequest extends RolloutRequest, Pick<LearnRequest, 'min' | 'out' | 'id'> {
  /** Folder of the model that it comes from. Default: the one that labels for the tenant. */
  readonly baseDir: string | undefined;
  /** Of the images, for the trial. */
  readonly share: number;
  readonly trusted: string | undefined;
}

/** @throws {UsageError | InputError | ModelError} there is too little to learn from, or the new version cannot be used */
export async function learnCorrections(
  { tenant, by, baseDir, share, trusted, ...learning }: CorrectionsRequest,
  { objects, ...ports }: RolloutPorts & { readonly objects: ObjectStore },
): Promise<ModelPin> {
  const { active } = await modelsOf(tenant, ports);
  const base = baseDir ?? (active === null ? ports.installedDir : await ports.store.get(active));
  const request = { tenant, nowMs: systemClock.now(), trusted };
  const gathered = await judgedImages(request, { dayRecords: ports.dayRecords, objects });
  const dir = await learnModel({ ...learning, gathered, baseDir: base, from: undefined });
  const version = await addModel({ tenant, by, dir, with: 'learn' }, ports);
  await startTrial({ tenant, by, version, share }, ports);
  return version;
}
