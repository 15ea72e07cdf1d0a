import { compareGenerations } from '@hangtag/shared/domain/generation.js';
import type { ObjectVersion } from '@hangtag/shared/domain/identity.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';

/**
 * Whether a generation that is gone made way for a newer one. Then its record is left as it is, for the newer one's event
 * to move on: nobody is told that an image was deleted while the bucket holds its next version.
 *
 * @throws {TransientError}
 */
export async function isOverwritten(
  objects: Pick<ObjectStore, 'stat'>,
  { bucket, name, generation }: ObjectVersion,
): Promise<boolean> {
  const live = await objects.stat(bucket, name);
  return live !== undefined && compareGenerations(live.generation, generation) > 0;
}
