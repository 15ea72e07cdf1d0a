import type { Finding } from '@hangtag/shared/domain/sweep-state.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';

/** One object or record at which bucket and records disagree, or that waits for something. */
export type Difference =
  | { readonly kind: 'missing' | 'outdated'; readonly object: StoredObject }
  /** Uploaded a moment ago: its event is on its way, and nothing is wrong yet. */
  | { readonly kind: 'in-flight'; readonly object: StoredObject }
  | {
      readonly kind: Extract<Finding, 'gone' | 'stuck' | 'deferred' | 'stale'>;
      readonly known: Versioned;
    };

export function nameOf(difference: Difference): string {
  return 'object' in difference ? difference.object.name : difference.known.record.name;
}
