/**
 * Files a settled image by what it shows, or by why it failed, in three steps that may each be repeated:
 *
 *   1. copy the very generation that was labelled to its place     (only where nothing else lies there)
 *   2. to move it: tell the record that the object leaves, so that its deletion takes no label away
 *   3. to move it: remove that generation
 *
 * The copy says which generation it came from, and that Hangtag wrote it: so it is never labelled itself. It says, too,
 * whose it is: so it goes where its owner's images are erased.
 */
import { WRITTEN_BY_KEY } from '@hangtag/shared/domain/admission.js';
import { destinationOf, isCopyOf, SOURCE_KEY } from '@hangtag/shared/domain/destination.js';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { onMoved } from '@hangtag/shared/domain/transitions.js';
import type { ObjectCopier } from '@hangtag/shared/ports/object-copier.js';
import type { ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../compare-and-set.js';
import type { Outcome } from '../outcome.js';

export interface OrganisePorts {
  readonly records: RecordStore;
  readonly objects: ObjectStore;
  readonly copier: ObjectCopier;
  readonly policy: OrganisePolicy;
}

export interface OrganisePolicy {
  readonly mode: 'off' | 'copy' | 'move';
  /** Tenants it is done for; empty: all. */
  readonly tenants: readonly TenantId[];
}

const NOTHING_THERE = parseGeneration('0');

/** @throws {TransientError} deliver again: what is done already is found done */
export async function organise(message: ImageMessage, ports: OrganisePorts): Promise<Outcome> {
  const { mode, tenants } = ports.policy;
  const isMeant = mode !== 'off' && (tenants.length === 0 || tenants.includes(message.tenant));
  const known = isMeant ? await ports.records.get(message) : undefined;
  const target = known?.record.generation === message.generation ? destinationOf(known.record) : undefined;
  if (known === undefined || target === undefined) return { outcome: 'void', imageId: message.imageId };
  const place = await file(known.record, target, ports);
  if (place !== undefined && mode === 'move') await leave(message, known, ports);
  const { bucket, name, generation } = message;
  return { outcome: place === undefined ? 'gone' : 'filed', bucket, name, generation, place: place ?? null };
}

/** @returns where the copy lies; undefined where there is nothing left to copy */
async function file(record: ImageRecord, target: string, ports: OrganisePorts): Promise<string | undefined> {
  const there = await ports.objects.stat(record.bucket, target);
  if (isCopyOf(there, record.generation)) return target;
  // Something that is not ours keeps its place; the generation makes one of our own.
  const isForeign = there !== undefined && there.metadata[SOURCE_KEY] === undefined;
  if (isForeign) return copyTo(record, `${target}~${record.generation}`, { ports, there: undefined });
  return copyTo(record, target, { ports, there });
}

async function copyTo(
  record: ImageRecord,
  name: string,
  { ports, there }: { readonly ports: OrganisePorts; readonly there: StoredObject | undefined },
): Promise<string | undefined> {
  const { bucket, generation, contentType, owner } = record;
  const metadata = {
    [WRITTEN_BY_KEY]: 'hangtag',
    [SOURCE_KEY]: generation,
    ...(owner !== null && { owner }),
  };
  const ifGeneration = there?.generation ?? NOTHING_THERE;
  const result = await ports.copier.copy(record, { name, contentType, metadata, ifGeneration });
  if (result !== 'taken') return result === 'copied' ? name : undefined;
  // Another delivery of this message was faster, or one of a newer generation: either way it is filed.
  return isCopyOf(await ports.objects.stat(bucket, name), generation) ? name : undefined;
}

async function leave(message: ImageMessage, known: Versioned, ports: OrganisePorts): Promise<void> {
  const decision = await compareAndSet({ records: ports.records, key: message }, known, (current) =>
    onMoved(current, message.generation),
  );
  // Back in the queue, or overwritten, the object is still needed where it is.
  const hasLeft =
    decision.kind === 'update' || (decision.kind === 'void' && decision.because === 'already-settled');
  if (hasLeft) await ports.objects.remove(message);
}
