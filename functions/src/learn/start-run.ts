/** Starts a run of learning: it is written, and a message lets the function `learn` take it. */
import { randomUUID } from 'node:crypto';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import {
  hasEnded,
  isSilent,
  type LearningRequest,
  type LearningRun,
  queuedRun,
} from '@hangtag/shared/domain/learning-run.js';
import { failureOf, InputError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { LearningRuns } from '@hangtag/shared/ports/learning-runs.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';

export interface StartPorts {
  readonly runs: LearningRuns;
  readonly publisher: Publisher;
  readonly topic: string;
  readonly clock: Clock;
  /** False if a stored model is lost with the instance. */
  readonly isStoreLasting: boolean;
}

/** @throws {InputError} a run of the tenant has not ended, or the installation cannot keep a model */
export async function startRun(
  tenant: TenantId,
  request: LearningRequest,
  { runs, publisher, topic, clock, isStoreLasting }: StartPorts,
): Promise<LearningRun> {
  if (!isStoreLasting)
    throw new InputError('Expected HANGTAG_MODEL_STORE=gs://BUCKET/PREFIX, where a new version can be kept');
  const known = await runs.get(tenant);
  const run = queuedRun(randomUUID(), request, clock.now());
  const isUnderWay = known?.run !== undefined && !hasEnded(known.run) && !isSilent(known.run, clock.now());
  const version = isUnderWay ? undefined : await runs.put(tenant, run, known?.version);
  if (version === undefined)
    throw new InputError(`Expected no run of ${tenant} that is under way but found one`);
  try {
    await publisher.publish(topic, { data: { tenant, run: run.id } });
  } catch (error) {
    const { message } = failureOf(error);
    await runs.put(tenant, { ...run, state: 'interrupted', message }, version);
    throw error;
  }
  return run;
}
