/**
 * Learns from a tenant's judged images, as the run in the tenant's document says:
 *
 *   1. take the run: queued -> running                      (by compare-and-set: a run is taken once)
 *   2. learn, and write every few seconds how far it is
 *   3. done, refused, interrupted or failed: the run is final, and the message is acknowledged
 *
 * A run that did not end is not repeated: a person starts another one. A redelivery whose run writes nothing any more marks it as
 * interrupted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isTenantId, type TenantId } from '@hangtag/shared/domain/identity.js';
import { hasEnded, isSilent, type LearningFigures } from '@hangtag/shared/domain/learning-run.js';
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import { failureOf, InputError, TransientError } from '@hangtag/shared/errors.js';
import type { Learned } from '@hangtag/shared/learning/learn-head.js';
import { LessonError } from '@hangtag/shared/learning/lesson-error.js';
import type { LearningRuns } from '@hangtag/shared/ports/learning-runs.js';
import { z } from 'zod';
import type { Outcome } from '../records/outcome.js';
import { type CorrectionsPorts, learnCorrections } from './learn-corrections.js';
import { RunWriter } from './run-writer.js';

export interface LearnCommand {
  readonly tenant: TenantId;
  /** Id of the run. */
  readonly run: string;
}

export interface LearnPorts extends CorrectionsPorts {
  readonly runs: LearningRuns;
}

const delivery = z.object({
  message: z.object({
    data: z
      .string()
      .transform((base64) =>
        z
          .object({ tenant: z.string().refine(isTenantId), run: z.string().min(1) })
          .parse(JSON.parse(Buffer.from(base64, 'base64').toString())),
      ),
  }),
});

/** @throws {InputError} the message has another form */
export function learnCommand(data: unknown): LearnCommand {
  try {
    const { tenant, run } = delivery.parse(data).message.data;
    return { tenant: tenant as TenantId, run };
  } catch (error) {
    throw new InputError('Expected a message that names a tenant and a run but received another form', {
      cause: error,
    });
  }
}

/** @throws {TransientError} the document cannot be written, or another delivery has the run: the message is delivered again */
export async function learn(
  { tenant, run: id }: LearnCommand,
  ports: LearnPorts,
  signal: AbortSignal,
): Promise<Outcome> {
  const { runs, clock } = ports;
  const known = await runs.get(tenant);
  const run = known?.run;
  if (known === undefined || run?.id !== id || hasEnded(run)) return { outcome: 'void', tenant, run: id };
  const { version } = known;
  if (run.state === 'running') {
    if (!isSilent(run, clock.now()))
      throw new TransientError(`Expected run ${id} of ${tenant} to have ended but it is under way`);
    const message = 'Its process ended.';
    await runs.put(tenant, { ...run, state: 'interrupted', message, updatedAt: clock.now() }, version);
    return { outcome: 'interrupted', tenant, run: id };
  }
  const writer = await RunWriter.take(tenant, { run, version }, ports);
  return writer === undefined ? { outcome: 'void', tenant, run: id } : follow(tenant, writer, ports, signal);
}

async function follow(
  tenant: TenantId,
  writer: RunWriter,
  ports: LearnPorts,
  deadline: AbortSignal,
): Promise<Outcome> {
  const { id, ...request } = writer.run;
  const signal = AbortSignal.any([deadline, writer.lost]);
  const dir = await mkdtemp(join(tmpdir(), 'hangtag-learn-'));
  try {
    const notes: string[] = [];
    const { version, learned } = await learnCorrections(
      { tenant, ...request, baseDir: undefined, out: join(dir, 'model'), id: undefined },
      ports,
      {
        onNote: (line) => {
          notes.push(line);
          writer.change({ notes: [...notes] });
        },
        onProgress: (progress) => writer.change(progress),
        onStore: () => writer.write({ step: 'store' }),
        signal,
      },
    );
    const { id: model, version: name } = version;
    await writer.end({ state: 'done', figures: figuresOf(learned), model: { id: model, version: name } });
    return { outcome: 'learned', tenant, run: id, model: nameOfVersion(version) };
  } catch (error) {
    if (writer.lost.aborted) return { outcome: 'void', tenant, run: id };
    const end = endOf(error);
    await writer.end(end);
    if (end.state === 'failed') throw error;
    return { outcome: end.state, tenant, run: id, because: end.message };
  } finally {
    writer.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

function endOf(error: unknown) {
  const { kind, message } = failureOf(error);
  if (error instanceof LessonError)
    return { state: 'refused', fault: error.fault, reviewers: error.reviewers, message } as const;
  if (kind === 'input' || kind === 'model') return { state: 'refused', fault: 'model', message } as const;
  const isOutside = kind === 'transient' || kind === 'crash';
  return { state: isOutside ? 'interrupted' : 'failed', message } as const;
}

function figuresOf({ head, after, before }: Learned): LearningFigures {
  return {
    n: after.n,
    accuracy: after.accuracy,
    accuracyBefore: before?.accuracy ?? null,
    classes: head.labels.flatMap((label) => {
      const { n = 0, precision = null, recall = null } = after.perClass[label] ?? {};
      const recallBefore = before?.perClass[label]?.recall ?? null;
      return n === 0 ? [] : [{ label, n, precision, recall, recallBefore }];
    }),
  };
}
