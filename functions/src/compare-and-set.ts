import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { Decision } from '@hangtag/shared/domain/transitions.js';
import { Transient } from '@hangtag/shared/errors.js';
import type { RecordKey, RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';

/** Lost races in a row after which the platform's backoff does better than another try. */
const MAX_ROUNDS = 8;

/**
 * Decides, writes on condition that nothing changed since, and on a lost race reads and decides again.
 *
 *     A  read v1 ── decide ── write if v1 ✓ (v2)
 *     B     read v1 ── decide ─────── write if v1 ✗ ── read v2 ── decide ── write if v2 ✓
 *
 * @param known what the caller read already; undefined also means "not read": a create then tests it for free
 * @returns the decision that stands, written or void
 * @throws {Transient} contention, or the store's own failure
 */
export async function compareAndSet(
  { records, key }: { readonly records: RecordStore; readonly key: RecordKey },
  known: Versioned | undefined,
  decide: (current: ImageRecord | undefined) => Decision,
): Promise<Decision> {
  let current = known;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const decision = decide(current?.record);
    if (await holds(decision, { records, key }, current)) return decision;
    current = await records.get(key);
  }
  throw new Transient(`Lost ${MAX_ROUNDS} races in a row for record ${key.imageId}`);
}

async function holds(
  decision: Decision,
  { records, key }: { readonly records: RecordStore; readonly key: RecordKey },
  current: Versioned | undefined,
): Promise<boolean> {
  switch (decision.kind) {
    case 'void':
      return true;
    case 'create':
      return records.create(key, decision.record);
    case 'update':
      return current !== undefined && records.update(key, decision.change, current.version);
  }
}
