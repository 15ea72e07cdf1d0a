/** Puts one difference right, through the very decisions that a lost event would have taken. */

import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { type Decision, onOverdue, onRequeued } from '@hangtag/shared/domain/transitions.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';
import { topicFor } from '../enqueue.js';
import { ingest } from '../ingest/handler.js';
import { requeue } from '../requeue.js';
import { UNLIMITED } from '../spend/guard.js';
import type { Difference } from './difference.js';
import type { SweepPorts } from './ports.js';

/** `settled`: it was right already when its turn came. `postponed`: today's budget is used up. */
export type Repair = 'repaired' | 'settled' | 'postponed';

/** @throws {TransientError} nothing, or all but the message, is done; the next run finds it again */
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
      return repairBy(
        await requeue(difference.known, ports, (current, generation) =>
          onOverdue(current, { generation, queuedBefore }),
        ),
      );
    }
    case 'deferred':
    case 'stale':
      return affordably(difference.known, ports, async () =>
        repairBy(await requeue(difference.known, ports, onRequeued)),
      );
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

function objectOf(record: ImageRecord) {
  const { bucket, name, generation, size, contentType, md5Hash, uploadedAt } = record;
  return { bucket, name, generation, size, contentType, md5Hash, uploadedAt, metadata: {} };
}

function repairOf({ outcome }: { readonly outcome: string }): Repair {
  return outcome === 'void' ? 'settled' : 'repaired';
}

function repairBy({ kind }: Decision): Repair {
  return kind === 'void' ? 'settled' : 'repaired';
}
