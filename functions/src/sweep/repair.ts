/** Repairs one difference, through the same decisions as the lost event. */
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { onOverdue, onRequeued } from '@hangtag/shared/domain/transitions.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';
import { ingest } from '../ingest/handler.js';
import { topicFor } from '../records/enqueue.js';
import { requeue } from '../records/requeue.js';
import { UNLIMITED } from '../spend/guard.js';
import type { Difference } from './difference.js';
import type { SweepPorts } from './ports.js';

/** `void`: no repair was needed any more. `postponed`: the day's budget is used up. */
export type Repair = 'repaired' | 'void' | 'postponed';

/** @throws {TransientError} nothing is done, or only the message is missing; the next run repairs it */
export async function repair(difference: Difference, ports: SweepPorts): Promise<Repair> {
  // Missed images go to the backfill lane, whatever priority their metadata has.
  const topics = { uploaded: topicFor('backfill', ports.topics) };
  switch (difference.kind) {
    case 'missing':
    case 'outdated':
      return repairOf(
        (await ingest({ kind: 'finalized', object: difference.object }, { ...ports, topics })).outcome,
      );
    case 'gone':
      return repairOf(
        (await ingest({ kind: 'deleted', object: objectOf(difference.known.record) }, ports)).outcome,
      );
    case 'in-flight':
      return 'void';
    case 'stuck': {
      const queuedBefore = ports.clock.now() - ports.limits.stuckMs;
      const decision = await requeue(difference.known, ports, (current, generation) =>
        onOverdue(current, { generation, queuedBefore }),
      );
      return repairOf(decision.kind);
    }
    case 'deferred':
    case 'stale':
      return withinBudget(difference.known, ports, async () =>
        repairOf((await requeue(difference.known, ports, onRequeued)).kind),
      );
  }
}

async function withinBudget(
  { record }: Versioned,
  { spendGuard = UNLIMITED }: SweepPorts,
  work: () => Promise<Repair>,
): Promise<Repair> {
  const { tenant } = imageMessageOf(record);
  return spendGuard.spend(tenant, async (isAllowed) => (isAllowed ? work() : 'postponed'));
}

function objectOf(record: ImageRecord) {
  const { bucket, name, generation, size, contentType, md5Hash, uploadedAt } = record;
  return { bucket, name, generation, size, contentType, md5Hash, uploadedAt, metadata: {} };
}

function repairOf(outcome: string): Repair {
  return outcome === 'void' ? 'void' : 'repaired';
}
