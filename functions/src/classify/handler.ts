/**
 * One message becomes one set of labels, at most once, in five steps:
 *
 *   1. look: is this generation still queued?           (a read, unless the message says how its record was created)
 *   2. fetch exactly that generation
 *   3. count the attempt, where the delivery is late: whatever comes next may kill the process
 *   4. decode and infer
 *   5. settle the record by compare-and-set             (the one write)
 *
 * A message that comes at once finds its record as it was created, so the read can wait: should anything have
 * happened to the record meanwhile, the write of step 5 loses, reads, and decides again. A late one reads first.
 *
 * Returning acknowledges the message: its effect is durable or void. Throwing brings it back.
 */

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
import { judge, type VerdictPolicy } from '@hangtag/shared/domain/verdict.js';
import { ImageError } from '@hangtag/shared/errors.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../compare-and-set.js';
import type { Outcome } from '../outcome.js';
import { isOverwritten } from '../overwritten.js';
import { CircuitOpen } from './circuit-breaker.js';
import type { ClassifyCommand } from './command.js';

export interface ClassifyPorts {
  readonly records: RecordStore;
  readonly objects: ObjectStore;
  readonly classifier: Classifier;
  /** Throws where the model must not serve: that is no try of an image. Absent where the classifier has started. */
  readonly modelToTrust?: () => Promise<void>;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly policy: ClassifyPolicy;
  /** Where labels are announced; off by default, since each announcement is one more message to pay for. */
  readonly topics: { readonly labeled?: string };
}

export interface ClassifyPolicy extends VerdictPolicy {
  readonly maxBytes: number;
  /** A message older than this is late, where the subscription does not count deliveries itself. */
  readonly ageGateMs: number;
  /** Late deliveries of one image after which it is parked. */
  readonly maxAttempts: number;
  readonly keepEmbedding: boolean;
}

export async function classify(command: ClassifyCommand, ports: ClassifyPorts): Promise<Outcome> {
  const { message } = command;
  const known = createdBy(command, ports) ?? (await ports.records.get(message));
  const decision = await settle(command, ports, known);
  await announce(decision, known, { command, ports });
  return { ...outcomeOf(decision), ...traceOf(command) };
}

/** What is known of the record before the work begins. */
type Known = Versioned<Outstanding>;

/**
 * The record as `ingest` created it, where the message says so and its delivery is the first. An announcement is told
 * again from what the record says, so where there are announcements the record is read.
 */
function createdBy(command: ClassifyCommand, ports: ClassifyPorts): Known | undefined {
  const { created, generation } = command.message;
  if (created === undefined || ports.topics.labeled !== undefined || isLate(command, ports)) return undefined;
  const { version, uploadedAt } = created;
  return { record: outstandingOf({ generation, uploadedAt }), version };
}

async function settle(
  command: ClassifyCommand,
  ports: ClassifyPorts,
  known: Known | undefined,
): Promise<Decision> {
  const { message } = command;
  if (known === undefined) return { kind: 'void', because: 'erased' };
  const standing = standingOf(known.record, message.generation);
  if (standing.kind !== 'queued') return refusalOf(standing);
  const result = await examine(command, ports, known);
  // Where an attempt was counted, `known` is no longer the latest: the first write loses, the second reads.
  return compareAndSet({ records: ports.records, key: message }, known, (current) =>
    onSettled(current, message.generation, result),
  );
}

/** @throws {TransientError} the bucket or the store cannot be reached; anything else thrown is a bug or a crash */
async function examine(command: ClassifyCommand, ports: ClassifyPorts, known: Known): Promise<Result> {
  const { clock, objects, policy } = ports;
  const startedAt = clock.now();
  try {
    const bytes = await objects.read(command.message, policy.maxBytes);
    if (bytes === undefined) {
      return { kind: (await isOverwritten(objects, command.message)) ? 'overwritten' : 'gone' };
    }
    const fetchedAt = clock.now();
    if (await isSpent(command, ports, known)) return { kind: 'parked' };
    return await label(bytes, ports, {
      uploadedAt: known.record.uploadedAt,
      publishedAt: command.publishedAt,
      startedAt,
      fetchedAt,
    });
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

async function label(bytes: Uint8Array, ports: ClassifyPorts, at: Milestones): Promise<Result> {
  const { classifier, clock, policy } = ports;
  const { decodeMs, inferMs, embedding, ...prediction } = await classifier.classify(bytes);
  return {
    kind: 'labelled',
    verdict: judge(prediction, policy),
    model: classifier.model,
    embedding: policy.keepEmbedding && embedding ? [...embedding] : null,
    timings: {
      // Two clocks are compared, the server's and ours: a small skew must not make time run backwards.
      queuedMs: Math.max(0, at.startedAt - at.publishedAt),
      downloadMs: at.fetchedAt - at.startedAt,
      decodeMs,
      inferMs,
      totalMs: Math.max(0, clock.now() - at.uploadedAt),
    },
  };
}

/** Counts a late delivery before the work that may kill the process, and says whether its tries are used up. */
async function isSpent(command: ClassifyCommand, ports: ClassifyPorts, known: Known): Promise<boolean> {
  if (!isLate(command, ports)) return false;
  await ports.modelToTrust?.();
  const { message } = command;
  const decision = await compareAndSet({ records: ports.records, key: message }, known, (current) =>
    onAttempt(current, message.generation),
  );
  return decision.kind === 'update' && (decision.change.set.attempts ?? 0) >= ports.policy.maxAttempts;
}

/** A redelivery: counted by the subscription where it has a dead-letter policy, else told by the message's age. */
function isLate(
  { deliveryAttempt, publishedAt }: ClassifyCommand,
  { clock, policy }: ClassifyPorts,
): boolean {
  return deliveryAttempt === undefined ? clock.now() - publishedAt > policy.ageGateMs : deliveryAttempt > 1;
}

/**
 * Tells the topic what the record now says; told again where a crash may have swallowed it the first time. Not
 * told where another worker settled it meanwhile: that one tells, and what we read before is out of date.
 */
async function announce(
  decision: Decision,
  known: Known | undefined,
  { command, ports }: { readonly command: ClassifyCommand; readonly ports: ClassifyPorts },
): Promise<void> {
  const topic = ports.topics.labeled;
  if (topic === undefined || known === undefined) return;
  const wasSettled = known.record.status !== 'queued';
  const isAgain = wasSettled && decision.kind === 'void' && decision.because === 'already-settled';
  if (decision.kind !== 'update' && !isAgain) return;
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
