import type { Finding } from '@hangtag/shared/domain/sweep-state.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';

/** An object and a record that do not match, or a record that waits. */
export type Difference =
  | { readonly kind: 'missing' | 'outdated'; readonly object: StoredObject }
  /** Recently uploaded: its event is probably still being processed, so it is not repaired. */
  | { readonly kind: 'in-flight'; readonly object: StoredObject }
  | {
      readonly kind: Extract<Finding, 'gone' | 'stuck' | 'deferred' | 'stale'>;
      readonly known: Versioned;
    };

export function nameOf(difference: Difference): string {
  return 'object' in difference ? difference.object.name : difference.known.record.name;
}
