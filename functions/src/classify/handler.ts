/**
 * One message becomes one set of labels, at most once, in these steps:
 *
 *   1. is this generation still queued?       (a read, unless the message says how its record was created)
 *   2. download exactly that generation
 *   3. count the attempt, on a redelivery: the next step may kill the process
 *   4. decode and infer
 *   5. settle the record by compare-and-set   (the one write)
 *   6. store the thumbnail, if the tenant has this feature
 *
 * The first delivery of a message finds the record as it was created, so it need not read it: if the record changed
 * meanwhile, the write of step 5 fails, reads the record and decides again. A redelivery reads first.
 *
 * Returning acknowledges the message: its effect is durable or void. If this throws, the message is delivered again.
 */

import { WRITTEN_BY_KEY } from '@hangtag/shared/domain/admission.js';
import { NO_GENERATION } from '@hangtag/shared/domain/generation.js';
import { coloursOf } from '@hangtag/shared/domain/palette.js';
import type { Appearance, ShadowAnswer } from '@hangtag/shared/domain/record.js';
import { THUMBNAIL_TYPE, thumbnailNameOf } from '@hangtag/shared/domain/thumbnail.js';
import {
  type Decision,
  type Outstanding,
  onAttempt,
  onSettled,
  outstandingOf,
  type Result,
  refusalOf,
  standingOf,
} from '@hangtag/shared/domain/transitions.js';
import { isSampled, markedAnswer } from '@hangtag/shared/domain/trial.js';
import { judge } from '@hangtag/shared/domain/verdict.js';
import { ImageError } from '@hangtag/shared/errors.js';
import { CircuitOpen } from '@hangtag/shared/inference/circuit-breaker.js';
import type { Prediction } from '@hangtag/shared/ports/classifier.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ModelRegistry, ShadowModel } from '@hangtag/shared/ports/model-registry.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import type { TenantUse } from '../ingest/lanes.js';
import { compareAndSet } from '../records/compare-and-set.js';
import type { Outcome } from '../records/outcome.js';
import { isOverwritten } from '../records/overwritten.js';
import type { ClassifyCommand } from './command.js';

export interface ClassifyPorts {
  readonly records: RecordStore;
  readonly objects: ObjectStore;
  readonly models: ModelRegistry;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly policy: ClassifyPolicy;
  readonly topics: {
    /** For label announcements; none by default, since each announcement costs one more message. */
    readonly labeled?: string;
  };
  /** In the lane of new uploads only: the images of a tenant that uses too much processor time are moved to the backfill lane. */
  readonly surge?: {
    /** Milliseconds of processor time by tenant. */
    readonly use: TenantUse;
    readonly backfillTopic: string;
  };
  /** The model on trial did not label an image. */
  readonly onShadowFailure?: (error: unknown) => void;
}

export interface ClassifyPolicy {
  readonly maxBytes: number;
  /** A message older than this counts as a redelivery if the subscription does not count deliveries. */
  readonly ageGateMs: number;
  /** Redeliveries of one image after which it is parked. */
  readonly maxAttempts: number;
}

/** @param signal ends the work before the platform does: the message is then delivered again */
export async function classify(
  command: ClassifyCommand,
  ports: ClassifyPorts,
  signal?: AbortSignal,
): Promise<Outcome> {
  const { message } = command;
  if (await moveToBackfill(command, ports)) return { outcome: 'moved-to-backfill', ...traceOf(command) };
  const known = createdBy(command, ports) ?? (await ports.records.get(message));
  const decision = await settle({ command, ports, ...(signal && { signal }) }, known);
  await announce(decision, known, { command, ports });
  return { ...outcomeOf(decision), ...traceOf(command) };
}

/**
 * Hands an image of a tenant in a surge of processor time to the other lane: one more message. A redelivery stays, since its
 * attempts are counted in this lane.
 */
async function moveToBackfill(command: ClassifyCommand, ports: ClassifyPorts): Promise<boolean> {
  const { surge, clock, publisher } = ports;
  const { message } = command;
  if (surge === undefined || isRedelivery(command, ports)) return false;
  if (!surge.use.count(message.tenant, 0, clock.now())) return false;
  await publisher.publish(surge.backfillTopic, { data: message });
  return true;
}

/** The processor time that most formats may take. */
const MAX_FAILED_MS = 1_900;

/** A message that is being processed. */
interface Job {
  readonly command: ClassifyCommand;
  readonly ports: ClassifyPorts;
  readonly signal?: AbortSignal;
}

/** The record as far as it is known before the work begins. */
type Known = Versioned<Outstanding>;

/**
 * The record as `ingest` created it, on the first delivery of a message that describes it. Where labels are announced, the
 * record is always read: an announcement that a crash may have prevented is repeated from what the record says.
 */
function createdBy(command: ClassifyCommand, ports: ClassifyPorts): Known | undefined {
  const { created, generation } = command.message;
  const isAnnounced = ports.topics.labeled !== undefined;
  if (created === undefined || isAnnounced || isRedelivery(command, ports)) return undefined;
  const { version, uploadedAt } = created;
  return { record: outstandingOf({ generation, uploadedAt }), version };
}

async function settle(job: Job, known: Known | undefined): Promise<Decision> {
  const { message } = job.command;
  if (known === undefined) return { kind: 'void', because: 'erased' };
  const standing = standingOf(known.record, message.generation);
  if (standing.kind !== 'queued') return refusalOf(standing);
  const result = await examine(job, known);
  // After an attempt was counted `known` is out of date: the first write fails, the second has read the record.
  const decision = await compareAndSet({ records: job.ports.records, key: message }, known, (current) =>
    onSettled(current, message.generation, result),
  );
  const isLabelled = decision.kind === 'update' && result.kind === 'labelled';
  if (isLabelled && result.thumbnail !== null) await storeThumbnail(result.thumbnail, job);
  return decision;
}

/**
 * Only for an image that this delivery labelled, so that no thumbnail of a deleted image is left. If it fails, the message is
 * delivered again and finds the labels: clients then show the original.
 */
async function storeThumbnail(bytes: Uint8Array, { command, ports }: Job): Promise<void> {
  const { message } = command;
  await ports.objects.write(
    { bucket: message.bucket, name: thumbnailNameOf(message), bytes },
    { contentType: THUMBNAIL_TYPE, metadata: { [WRITTEN_BY_KEY]: 'classify' }, ifGeneration: NO_GENERATION },
  );
}

/** @throws {TransientError} the bucket or the store cannot be reached; everything else that is thrown is a bug or a crash */
async function examine(job: Job, known: Known): Promise<Result> {
  const { command, ports, signal } = job;
  const { clock, objects, policy } = ports;
  const startedAt = clock.now();
  try {
    const bytes = await objects.read(command.message, policy.maxBytes, signal);
    if (bytes === undefined) {
      return { kind: (await isOverwritten(objects, command.message)) ? 'overwritten' : 'gone' };
    }
    const fetchedAt = clock.now();
    if (isRedelivery(command, ports)) {
      const attempts = await countAttempt(job, known);
      if (attempts >= policy.maxAttempts) return { kind: 'parked' };
    }
    const { uploadedAt } = known.record;
    return await label(bytes, job, { uploadedAt, publishedAt: command.publishedAt, startedAt, fetchedAt });
  } catch (error) {
    if (error instanceof ImageError) return { kind: 'rejected', code: error.code };
    if (error instanceof CircuitOpen) return { kind: 'deferred' };
    throw error;
  }
}

/** Epoch milliseconds of what happened to an image before its labels. */
interface Milestones {
  readonly uploadedAt: number;
  readonly publishedAt: number;
  readonly startedAt: number;
  readonly fetchedAt: number;
}

async function label(bytes: Uint8Array, job: Job, at: Milestones): Promise<Result> {
  const { command, ports, signal } = job;
  const { models, clock, surge } = ports;
  const { tenant } = command.message;
  const active = await models.resolve(tenant);
  const { classifier, manifest, policy, keepsEmbedding, extras, shadow } = active;
  signal?.throwIfAborted();
  const beganAt = clock.now();
  const prediction = await classifier
    .classify(bytes, { ...(signal && { signal }), ...extras })
    // What a failed image took is not known: its whole time counts, waiting included, up to the limit of most formats.
    .catch((error: unknown) => {
      const amountMs = Math.min(clock.now() - beganAt, MAX_FAILED_MS);
      surge?.use.count(tenant, amountMs, clock.now());
      throw error;
    });
  const { decodeMs, inferMs, embedding, thumbnail } = prediction;
  surge?.use.count(tenant, decodeMs + inferMs + (thumbnail?.ms ?? 0), clock.now());
  const verdict = judge(prediction, policy, manifest.guarantees);
  const answer = shadow === undefined ? null : await askShadow(bytes, shadow, job);
  return {
    kind: 'labelled',
    verdict,
    model: classifier.model,
    shadow: answer && markedAnswer(answer, verdict.category, policy),
    embedding: keepsEmbedding && embedding ? [...embedding] : null,
    thumbnail: thumbnail?.bytes ?? null,
    appearance: appearanceOf(prediction),
    timings: {
      // Two clocks are compared, the server's and ours: a small difference must not give a negative time.
      queuedMs: Math.max(0, at.startedAt - at.publishedAt),
      downloadMs: at.fetchedAt - at.startedAt,
      decodeMs,
      inferMs,
      totalMs: Math.max(0, clock.now() - at.uploadedAt),
    },
  };
}

function appearanceOf({ palette, vector, heat }: Prediction): Appearance {
  return {
    palette: palette ?? null,
    colours: coloursOf(palette ?? []),
    vector: vector === undefined ? null : [...vector.values],
    backbone: vector?.backbone ?? null,
    heat: heat ?? null,
  };
}

/** The answer of the model on trial for its share of the images. Its failure has no effect on the image. */
async function askShadow(
  bytes: Uint8Array,
  { classifier, share }: ShadowModel,
  { command: { message }, ports, signal }: Job,
): Promise<ShadowAnswer | null> {
  if (!isSampled(message.imageId, share)) return null;
  try {
    const { scores, decodeMs, inferMs } = await classifier.classify(bytes, signal && { signal });
    ports.surge?.use.count(message.tenant, decodeMs + inferMs, ports.clock.now());
    const [best] = scores;
    return best ? { model: classifier.model, category: best.label, confidence: best.score, inferMs } : null;
  } catch (error) {
    ports.onShadowFailure?.(error);
    return null;
  }
}

/**
 * Counts an attempt before the work that may kill the process. A model that must not serve is no attempt of an image.
 *
 * @returns attempts so far; 0 if the record is no longer queued
 */
async function countAttempt({ command, ports }: Job, known: Known): Promise<number> {
  await ports.models.ready();
  const { message } = command;
  const decision = await compareAndSet({ records: ports.records, key: message }, known, (current) =>
    onAttempt(current, message.generation),
  );
  return decision.kind === 'update' ? (decision.change.set.attempts ?? 0) : 0;
}

/** If the subscription has a dead-letter policy, it counts deliveries; otherwise the age of the message decides. */
function isRedelivery(
  { deliveryAttempt, publishedAt }: ClassifyCommand,
  { clock, policy }: ClassifyPorts,
): boolean {
  return deliveryAttempt === undefined ? clock.now() - publishedAt > policy.ageGateMs : deliveryAttempt > 1;
}

/**
 * Publishes the record's present state after this delivery settled it. If the record was settled before this delivery, it is
 * published again, because a crash may have prevented the first announcement. If another worker settled it meanwhile, that
 * worker announces it.
 */
async function announce(
  decision: Decision,
  known: Known | undefined,
  { command, ports }: Job,
): Promise<void> {
  const topic = ports.topics.labeled;
  if (topic === undefined || known === undefined) return;
  const wasSettled = known.record.status !== 'queued';
  const isRepeated = wasSettled && decision.kind === 'void' && decision.because === 'already-settled';
  if (decision.kind !== 'update' && !isRepeated) return;
  const change = decision.kind === 'update' ? decision.change.set : {};
  const { status, reason, category, confidence, tier } = { ...known.record, ...change };
  const { created, ...image } = command.message;
  await ports.publisher.publish(topic, { data: { ...image, status, reason, category, confidence, tier } });
}

function outcomeOf(decision: Decision): Outcome {
  if (decision.kind === 'void') return { outcome: 'void', because: decision.because };
  const {
    status = 'unknown',
    reason,
    category,
    confidence,
    timings,
  } = decision.kind === 'update' ? decision.change.set : decision.record;
  return { outcome: status, reason, category, confidence, ...timings };
}

function traceOf({ message, deliveryAttempt }: ClassifyCommand): Partial<Outcome> {
  const { imageId, bucket, name, generation } = message;
  return { imageId, bucket, name, generation, deliveryAttempt };
}
