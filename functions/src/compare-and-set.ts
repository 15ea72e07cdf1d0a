import type { ImageRecord, RecordVersion } from '@hangtag/shared/domain/record.js';
import type { Decision } from '@hangtag/shared/domain/transitions.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { RecordKey, RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';

/** Lost races in a row after which the platform's backoff does better than another try. */
const MAX_ROUNDS = 8;

/** A decision that stands, and the version of the record that it created. */
export type Settled =
  | Exclude<Decision, { readonly kind: 'create' }>
  | (Extract<Decision, { readonly kind: 'create' }> & { readonly version: RecordVersion });

/**
 * Decides, writes on condition that nothing changed since, and on a lost race reads and decides again.
 *
 *     A  read v1 ── decide ── write if v1 ✓ (v2)
 *     B     read v1 ── decide ─────── write if v1 ✗ ── read v2 ── decide ── write if v2 ✓
 *
 * @param known what the caller knows already; undefined also means "not read": a create then tests it for free
 * @returns the decision that stands, written or void
 * @throws {TransientError} contention, or the store's own failure
 */
export async function compareAndSet<R = ImageRecord>(
  { records, key }: { readonly records: RecordStore; readonly key: RecordKey },
  known: Versioned<R> | undefined,
  decide: (current: R | ImageRecord | undefined) => Decision,
): Promise<Settled> {
  let current: Versioned<R | ImageRecord> | undefined = known;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const decision = decide(current?.record);
    const settled = await settle(decision, { records, key }, current?.version);
    if (settled !== undefined) return settled;
    current = await records.get(key);
  }
  throw new TransientError(`Lost ${MAX_ROUNDS} races in a row for record ${key.imageId}`);
}

/** @returns undefined where the race was lost */
async function settle(
  decision: Decision,
  { records, key }: { readonly records: RecordStore; readonly key: RecordKey },
  known: RecordVersion | undefined,
): Promise<Settled | undefined> {
  switch (decision.kind) {
    case 'void':
      return decision;
    case 'create': {
      const version = await records.create(key, decision.record);
      return version === undefined ? undefined : { ...decision, version };
    }
    case 'update':
      return known !== undefined && (await records.update(key, decision.change, known))
        ? decision
        : undefined;
  }
}
