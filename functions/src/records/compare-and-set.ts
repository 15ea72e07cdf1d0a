import { randomUUID } from 'node:crypto';
import type { ImageRecord, RecordVersion } from '@hangtag/shared/domain/record.js';
import type { Decision } from '@hangtag/shared/domain/transitions.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { RecordKey, RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';

/** After so many lost races in a row, the backoff of the platform is better than another attempt. */
const MAX_ROUNDS = 8;

/** A decision that is written or void; for a create also the version of the record that it created. */
export type Applied =
  | Exclude<Decision, { readonly kind: 'create' }>
  | (Extract<Decision, { readonly kind: 'create' }> & { readonly version: RecordVersion });

interface Place {
  readonly records: RecordStore;
  readonly key: RecordKey;
}

/**
 * Decides, writes on condition that the record has not changed, and after a lost race reads and decides again.
 *
 *     A  read v1 ── decide ── write if v1 ✓ (v2)
 *     B     read v1 ── decide ─────── write if v1 ✗ ── read v2 ── decide ── write if v2 ✓
 *
 * A write can lose a race against itself: the database commits it and answers UNAVAILABLE, and the client repeats the request,
 * whose condition then fails. Each write stores an id in the record, so the read recognises its own write.
 *
 *     A  read v1 ── decide ── write a if v1 ✓ (v2, answer lost) ── again ✗ ── read v2: written by a ✓
 *
 * @param known what the caller knows of the record; undefined: nothing, and a create then tests for it without a read
 * @returns the decision that is written, or void
 * @throws {TransientError} too many races, or a failure of the store
 */
export async function compareAndSet<R = ImageRecord>(
  place: Place,
  known: Versioned<R> | undefined,
  decide: (current: R | ImageRecord | undefined) => Decision,
): Promise<Applied> {
  let current: Versioned<R | ImageRecord> | undefined = known;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const decision = decide(current?.record);
    const writeId = randomUUID();
    const applied = await write(decision, { ...place, version: current?.version, writeId });
    if (applied !== undefined) return applied;
    const found = await place.records.get(place.key);
    if (found?.record.writeId === writeId) return committed(decision, found.version);
    current = found;
  }
  throw new TransientError(`Lost ${MAX_ROUNDS} races in a row for record ${place.key.imageId}`);
}

interface Condition {
  /** Undefined: the caller has not read the record. */
  readonly version: RecordVersion | undefined;
  readonly writeId: string;
}

/** @returns undefined if the race was lost */
async function write(
  decision: Decision,
  { records, key, version, writeId }: Place & Condition,
): Promise<Applied | undefined> {
  switch (decision.kind) {
    case 'void':
      return decision;
    case 'create': {
      const created = await records.create(key, { ...decision.record, writeId });
      return created && committed(decision, created);
    }
    case 'update': {
      if (version === undefined) return undefined;
      const change = { ...decision.change, set: { ...decision.change.set, writeId } };
      return (await records.update(key, change, version)) ? decision : undefined;
    }
  }
}

function committed(decision: Decision, version: RecordVersion): Applied {
  return decision.kind === 'create' ? { ...decision, version } : decision;
}
