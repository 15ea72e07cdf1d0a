/** Puts one difference right, through the very decisions that a lost event would have taken. */

import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { type Decision, onOverdue, onRequeued } from '@hangtag/shared/domain/transitions.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../compare-and-set.js';
import { enqueue, topicFor } from '../enqueue.js';
import { ingest } from '../ingest/handler.js';
import { UNLIMITED } from '../spend/guard.js';
import type { Difference } from './difference.js';
import type { SweepPorts } from './ports.js';

/** `settled`: it was right already when its turn came. `postponed`: today's budget is used up. */
export type Repair = 'repaired' | 'settled' | 'postponed';

/** @throws {Transient} nothing, or all but the message, is done; the next run finds it again */
export async function repair(difference: Difference, ports: SweepPorts): Promise<Repair> {
  // Whatever its uploader said of it, what was missed waits behind what is uploaded now.
  const topics = { uploaded: topicFor('backfill', ports.topics) };
  switch (difference.kind) {
    case 'missing':
    case 'outdated':
      return repairOf(await ingest({ kind: 'finalized', object: difference.object }, { ...ports, topics }));
    case 'gone':
      return repairOf(await ingest({ kind: 'deleted', object: objectOf(difference.known.record) }, ports));
    case 'in-flight':
      return 'settled';
    case 'stuck': {
      const queuedBefore = ports.clock.now() - ports.limits.stuckMs;
      return requeue(difference.known, ports, (current, generation) =>
        onOverdue(current, { generation, queuedBefore }),
      );
    }
    case 'deferred':
    case 'stale':
      return affordably(difference.known, ports, () => requeue(difference.known, ports, onRequeued));
  }
}

async function affordably(
  { record }: Versioned,
  { spendGuard = UNLIMITED }: SweepPorts,
  work: () => Promise<Repair>,
): Promise<Repair> {
  const { tenant } = imageMessageOf(record);
  return spendGuard.spend(tenant, async (isAllowed) => (isAllowed ? work() : 'postponed'));
}

async function requeue(known: Versioned, ports: SweepPorts, decide: typeof onRequeued): Promise<Repair> {
  const message = imageMessageOf(known.record);
  const decision: Decision = await compareAndSet({ records: ports.records, key: message }, known, (current) =>
    decide(current, message.generation),
  );
  await enqueue(decision, message, { publisher: ports.publisher, topic: topicFor('backfill', ports.topics) });
  return decision.kind === 'void' ? 'settled' : 'repaired';
}

function objectOf(record: ImageRecord) {
  const { bucket, name, generation, size, contentType, md5Hash, uploadedAt } = record;
  return { bucket, name, generation, size, contentType, md5Hash, uploadedAt, metadata: {} };
}

function repairOf({ outcome }: { readonly outcome: string }): Repair {
  return outcome === 'void' ? 'settled' : 'repaired';
}
