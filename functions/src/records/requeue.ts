import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { Decision, onRequeued } from '@hangtag/shared/domain/transitions.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from './compare-and-set.js';
import { messageFor, type Topics, topicFor } from './enqueue.js';

export interface RequeuePorts {
  readonly records: RecordStore;
  readonly publisher: Publisher;
  readonly topics: Topics;
}

/**
 * Puts a known record back in the queue, always in the lane of backlogs.
 *
 * @throws {TransientError} nothing is done, or everything but the message, which the sweep sends later
 */
export async function requeue(
  known: Versioned,
  { records, publisher, topics }: RequeuePorts,
  decide: typeof onRequeued,
): Promise<Decision> {
  const message = imageMessageOf(known.record);
  const decision = await compareAndSet({ records, key: message }, known, (current) =>
    decide(current, message.generation),
  );
  const data = messageFor(decision, message);
  if (data !== undefined) await publisher.publish(topicFor('backfill', topics), { data });
  return decision;
}
