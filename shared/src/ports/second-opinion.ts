import type { TenantId } from '../domain/identity.js';
import type { TokenUse } from '../domain/opinion.js';
import type { Day } from '../domain/report/day-window.js';

export interface OpinionQuestion {
  /** A WebP that was decoded and encoded again: it has no metadata of the upload, and no name. */
  readonly picture: Uint8Array;
  /** At least one. */
  readonly labels: readonly string[];
}

export interface OpinionAnswer {
  /** `unusable`: the answer has not the expected form, or names a label that does not exist. */
  readonly kind: 'category' | 'none' | 'unusable';
  /** One of the labels if the kind is `category`, otherwise null. */
  readonly category: string | null;
  /** Zero if the endpoint did not say. An answer that cannot be used costs too. */
  readonly use: TokenUse;
}

export interface SecondOpinion {
  /** Name of the model that is asked. */
  readonly model: string;
  /** @throws {TransientError} the endpoint did not answer, or refused, within its time */
  ask(question: OpinionQuestion): Promise<OpinionAnswer>;
}

/** What the opinions of one day cost. */
export interface OpinionSpending {
  readonly images: number;
  readonly usd: number;
}

/** The documents `tenants/{t}/opinions/{day}`. Every method throws `TransientError` on network or quota failure. */
export interface OpinionLedger {
  of(tenant: TenantId, day: Day): Promise<OpinionSpending>;
  /** Adds one image. */
  add(tenant: TenantId, day: Day, usd: number): Promise<void>;
}
