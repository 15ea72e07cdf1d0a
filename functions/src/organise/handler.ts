/**
 * Files a settled image by its category, or by the reason of its failure. Each step can be repeated:
 *
 *   1. copy the generation that was labelled to its place      (only if no other object is there)
 *   2. move only: mark the record as moved, so that the deletion of the object does not delete the labels
 *   3. move only: delete that generation
 *
 * The copy is marked as written by Hangtag, so it is not labelled, and names its source and its owner, so that it is
 * erased together with the images of the owner.
 *
 * Anybody can write these marks. So a mark is not enough for step 3: the original is deleted only if this delivery made
 * the copy, or if the copy has the size and the MD5 of the original.
 */
import { WRITTEN_BY_KEY } from '@hangtag/shared/domain/admission.js';
import { destinationOf, isCopyOf, isReplaceable, SOURCE_KEY } from '@hangtag/shared/domain/destination.js';
import { NO_GENERATION } from '@hangtag/shared/domain/generation.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { onMoved } from '@hangtag/shared/domain/transitions.js';
import type { ObjectCopier } from '@hangtag/shared/ports/object-copier.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../records/compare-and-set.js';
import type { Outcome } from '../records/outcome.js';

export interface OrganisePorts {
  readonly records: RecordStore;
  readonly objects: ObjectStore;
  readonly copier: ObjectCopier;
  readonly policy: OrganisePolicy;
}

export interface OrganisePolicy {
  readonly mode: 'off' | 'copy' | 'move';
  /** Whether images of this tenant are filed. */
  readonly isMeant: (tenant: TenantId) => boolean;
}

/** `gone`: the original no longer exists. `blocked`: other objects are at both of its places. */
type Filed = { readonly outcome: 'filed'; readonly place: string } | { readonly outcome: 'gone' | 'blocked' };

/** @throws {TransientError} the message must be delivered again; steps that are done are not repeated */
export async function organise(message: ImageMessage, ports: OrganisePorts): Promise<Outcome> {
  const { mode, isMeant } = ports.policy;
  const known = mode !== 'off' && isMeant(message.tenant) ? await ports.records.get(message) : undefined;
  const target = known?.record.generation === message.generation ? destinationOf(known.record) : undefined;
  if (known === undefined || target === undefined) return { outcome: 'void', imageId: message.imageId };
  const filed = await file(known.record, target, ports);
  if (filed.outcome === 'filed' && mode === 'move') await leave(message, known, ports);
  const { bucket, name, generation } = message;
  return { place: null, ...filed, bucket, name, generation };
}

/** If another object is at the place, the second choice is a name that contains the generation. */
async function file(record: ImageRecord, target: string, ports: OrganisePorts): Promise<Filed> {
  const filed = await copyTo(target, record, ports);
  return filed.outcome === 'blocked' ? copyTo(`${target}~${record.generation}`, record, ports) : filed;
}

async function copyTo(name: string, record: ImageRecord, ports: OrganisePorts): Promise<Filed> {
  const { bucket, generation, contentType, owner } = record;
  const filed = { outcome: 'filed', place: name } as const;
  const there = await ports.objects.stat(bucket, name);
  if (isCopyOf(there, record)) return filed;
  if (there !== undefined && !isReplaceable(there, generation)) return { outcome: 'blocked' };
  const metadata = {
    [WRITTEN_BY_KEY]: 'hangtag',
    [SOURCE_KEY]: generation,
    ...(owner !== null && { owner }),
  };
  const ifGeneration = there?.generation ?? NO_GENERATION;
  const result = await ports.copier.copy(record, { name, contentType, metadata, ifGeneration });
  if (result === 'copied') return filed;
  if (result === 'gone') return { outcome: 'gone' };
  // Another object was written there meanwhile, for example by another delivery of this message.
  return isCopyOf(await ports.objects.stat(bucket, name), record) ? filed : { outcome: 'blocked' };
}

async function leave(message: ImageMessage, known: Versioned, ports: OrganisePorts): Promise<void> {
  const decision = await compareAndSet({ records: ports.records, key: message }, known, (current) =>
    onMoved(current, message.generation),
  );
  // A queued or overwritten object is still needed under its name.
  const hasLeft =
    decision.kind === 'update' || (decision.kind === 'void' && decision.because === 'already-settled');
  if (hasLeft) await ports.objects.remove(message);
}
