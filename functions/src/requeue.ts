import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { Decision, onRequeued } from '@hangtag/shared/domain/transitions.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from './compare-and-set.js';
import { enqueue, type Topics, topicFor } from './enqueue.js';

export interface RequeuePorts {
  readonly records: RecordStore;
  readonly publisher: Publisher;
  readonly topics: Topics;
}

/**
 * Puts a known record back in the queue. Whatever its uploader said of it, it waits behind what is uploaded now.
 *
 * @throws {TransientError} nothing, or all but the message, is done; a sweep finds the latter and sends it again
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
  await enqueue(decision, message, { publisher, topicOf: () => topicFor('backfill', topics) });
  return decision;
}
