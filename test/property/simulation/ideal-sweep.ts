/** Repairs whatever differs between bucket and records, by the same decisions as events, in the plainest way. */
import { compareAndSet } from '@hangtag/functions/compare-and-set.js';
import { type IngestPorts, ingest } from '@hangtag/functions/ingest/handler.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord, ModelRef } from '@hangtag/shared/domain/record.js';
import { onRequeued } from '@hangtag/shared/domain/transitions.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import { BUCKET } from '../../fixtures/records.js';

export interface SweepPorts extends IngestPorts {
  readonly objects: ObjectStore;
  readonly model: ModelRef;
}

export type Sweep = (ports: SweepPorts) => Promise<void>;

export const idealSweep: Sweep = async (ports) => {
  const { objects: listed } = await ports.objects.list(BUCKET, {});
  const known = new Map<string, ImageRecord>();
  for await (const { record } of ports.records.scan({ bucket: BUCKET, from: '' }))
    known.set(record.name, record);
  for (const object of listed) {
    if (known.get(object.name)?.generation !== object.generation)
      await ingest({ kind: 'finalized', object }, ports);
  }
  for (const record of known.values()) await review(record, ports);
};

async function review(record: ImageRecord, ports: SweepPorts): Promise<void> {
  // Asked after the record was read: a generation that is not live now will never be again.
  const live = await ports.objects.stat(record.bucket, record.name);
  if (live?.generation !== record.generation) {
    await ingest({ kind: 'deleted', object: { ...record, metadata: {} } }, ports);
  } else if (record.status === 'queued' || isStale(record, ports.model)) {
    await requeue(record, ports);
  }
}

async function requeue(record: ImageRecord, { records, publisher, topics }: SweepPorts): Promise<void> {
  const message = imageMessageOf(record);
  const decision = await compareAndSet({ records, key: message }, await records.get(message), (current) =>
    onRequeued(current, record.generation),
  );
  const isOwed =
    decision.kind === 'update' || (decision.kind === 'void' && decision.because === 'already-queued');
  if (isOwed) await publisher.publish(topics.uploaded, { data: message });
}

function isStale({ model }: ImageRecord, latest: ModelRef): boolean {
  return model !== null && model.version !== latest.version;
}
