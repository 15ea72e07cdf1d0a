/** The history of a tenant's models: entries that are only added, each with the models that label from then on. */
import {
  isSameVersion,
  type ModelPin,
  NO_MODELS,
  type ShadowPin,
  type TenantModels,
} from './model-version.js';
import type { TrialEvidence } from './trial.js';

export const ROLLOUT_ACTIONS = ['trial', 'promote', 'rollback'] as const;

/** The document `tenants/{t}/rollouts/{n}`. */
export interface Rollout {
  /** 1 for the first one. */
  readonly n: number;
  /** Epoch milliseconds, stamped by the server. */
  readonly at: number;
  readonly by: string;
  readonly action: (typeof ROLLOUT_ACTIONS)[number];
  /** From this entry on. */
  readonly model: TenantModels;
  /** Of a promotion; null for other actions, and if there were no images of the trial. */
  readonly evidence: TrialEvidence | null;
  /** What spoke against a promotion that was forced. Empty for all others. */
  readonly against: readonly string[];
}

export type NewRollout = Omit<Rollout, 'at'>;

/** The models after an action, or why it is refused. */
export type Planned = TenantModels | { readonly refusal: string };

export function onTrial(models: TenantModels, shadow: ShadowPin): Planned {
  if (isSameVersion(models.active, shadow))
    return { refusal: 'Expected another version than the active one for a trial' };
  return { ...models, shadow };
}

export function onTrialEnded(models: TenantModels): Planned {
  if (models.shadow === null) return { refusal: 'Expected a model on trial but found none' };
  return { ...models, shadow: null };
}

/** The trial ends with the promotion of any version. */
export function onPromoted(models: TenantModels, { id, version, digest }: ModelPin): Planned {
  const active = { id, version, digest };
  if (isSameVersion(models.active, active))
    return { refusal: 'Expected another version than the active one for a promotion' };
  return { active, previous: models.active, shadow: null };
}

/** Without an earlier promotion, the model of the installation labels again. What is on trial stays. */
export function onRolledBack(models: TenantModels): Planned {
  if (models.active === null)
    return { refusal: 'Expected a promoted model for a roll-back but found that of the installation' };
  return { ...models, active: models.previous, previous: null };
}

/** The models that labelled after the last of these entries. */
export function modelsAfter(rollout: Rollout | undefined): TenantModels {
  return rollout?.model ?? NO_MODELS;
}
