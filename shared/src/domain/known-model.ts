/** What is known of a version of a model that a tenant has added or used: the document `tenants/{t}/models/{id@version}`. */
import type { ModelPin } from './model-version.js';
import type { TrialEvidence } from './trial.js';

/** The commands after which a tenant knows a version. */
export const ADDED_WITH = ['add', 'learn', 'trial', 'promote'] as const;

export interface KnownModel extends ModelPin {
  readonly labels: readonly string[];
  /** Of its card. */
  readonly figures: CardFigures;
  /** Epoch milliseconds, stamped by the server. */
  readonly addedAt: number;
  readonly addedBy: string;
  readonly addedWith: (typeof ADDED_WITH)[number];
  /** Of its last trial that ended; null if there was none, or it had no images. */
  readonly trial: TrialEvidence | null;
}

export type NewKnownModel = Omit<KnownModel, 'addedAt' | 'trial'>;

export interface CardFigures {
  readonly [name: string]: number | string | boolean | null | CardFigures;
}

/** @param metrics of a manifest. Lists are left out: Firestore stores no list in a list */
export function cardFiguresOf(metrics: Readonly<Record<string, unknown>>): CardFigures {
  const figures: Record<string, CardFigures[string]> = {};
  for (const [name, value] of Object.entries(metrics)) {
    if (Array.isArray(value) || value === undefined) continue;
    figures[name] =
      typeof value === 'object' && value !== null
        ? cardFiguresOf(value as Readonly<Record<string, unknown>>)
        : (value as number | string | boolean | null);
  }
  return figures;
}
