import { isOwnOutput } from '@hangtag/shared/domain/admission.js';
import { compareGenerations } from '@hangtag/shared/domain/generation.js';
import type { ObjectVersion } from '@hangtag/shared/domain/identity.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';

/**
 * Whether the bucket holds a newer generation of an image. The record of the old one then stays as it is until the event
 * of the newer one arrives, so that no listener sees an image as deleted that was only replaced.
 *
 * @throws {TransientError}
 */
export async function isOverwritten(
  objects: Pick<ObjectStore, 'stat'>,
  { bucket, name, generation }: ObjectVersion,
): Promise<boolean> {
  const live = await objects.stat(bucket, name);
  if (live === undefined || isOwnOutput(live)) return false;
  return compareGenerations(live.generation, generation) > 0;
}
