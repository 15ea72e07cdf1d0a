/**
 * A tenant: its document `tenants/{id}`, where every field may be absent, and the tenant as the functions see it, where the
 * installation's defaults stand for what is absent.
 */
import type { Budget } from './budget.js';
import type { TenantId } from './identity.js';
import { NO_MODELS, type TenantModels } from './model-version.js';
import type { TimeZone } from './time-zone.js';
import type { VerdictPolicy } from './verdict.js';

/**
 * `organise`: settled images are filed, if the installation files images. `embeddings`: records keep their embedding.
 * `thumbnails`: labelled images get a thumbnail. `palette`: records have the colours of the product. `similar`: records have a vector, by
 * which images that look alike are found. `wardrobe`: people get outfits of their own images. `second-opinion`: a vision model is asked
 * about images in review. `heatmap`: records say which parts of the picture speak for the category.
 */
export const FEATURES = [
  'organise',
  'embeddings',
  'thumbnails',
  'palette',
  'similar',
  'wardrobe',
  'second-opinion',
  'heatmap',
] as const;
export type Feature = (typeof FEATURES)[number];

type Some<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** The document of a tenant. An absent field has the default of the installation. */
export type TenantDocument = Some<{
  readonly name: string;
  readonly timeZone: TimeZone;
  readonly features: readonly Feature[];
  readonly thresholds: Some<{
    readonly auto: number;
    /** A precision instead of the confidence `auto`. */
    readonly autoPrecision: number;
    readonly quick: number;
    readonly minScore: number;
    readonly topK: number;
  }>;
  readonly quota: Some<{ readonly imagesPerDay: number; readonly requestsPerMinute: number }>;
  readonly uploads: Some<{ readonly maxBytes: number }>;
  readonly review: Some<{
    /** In the review of the page, one of so many pictures is a control, whose category another person has chosen. */
    readonly controlEvery: number;
    /** One of so many images needs the same answer of two people. */
    readonly doubleEvery: number;
  }>;
  /** Only rollouts change it. */
  readonly model: TenantModels;
}>;

/** A tenant with all its settings. */
export interface Tenant {
  readonly name: string;
  readonly timeZone: TimeZone;
  readonly features: readonly Feature[];
  readonly thresholds: VerdictPolicy;
  readonly budget: Budget;
  readonly requestsPerMinute: number;
  /** Largest upload. */
  readonly maxBytes: number;
  /** One of so many images needs the same answer of two people; undefined: none. */
  readonly doubleReviewEvery: number | undefined;
  readonly models: TenantModels;
}

/** The installation's value for every setting that a tenant may lack. */
export type TenantDefault = Omit<Tenant, 'name' | 'doubleReviewEvery' | 'models'>;

export function tenantWith(id: TenantId, stored: TenantDocument, defaults: TenantDefault): Tenant {
  const { thresholds = {}, quota = {} } = stored;
  const standard = defaults.thresholds;
  const autoProcessAt = thresholds.auto ?? standard.autoProcessAt;
  return {
    name: stored.name ?? id,
    timeZone: stored.timeZone ?? defaults.timeZone,
    features: stored.features ?? defaults.features,
    thresholds: {
      autoProcessAt,
      quickReviewAt: Math.min(thresholds.quick ?? standard.quickReviewAt, autoProcessAt),
      minScore: thresholds.minScore ?? standard.minScore,
      topK: thresholds.topK ?? standard.topK,
      ...(thresholds.autoPrecision !== undefined && { autoPrecision: thresholds.autoPrecision }),
    },
    budget: {
      ...defaults.budget,
      ...(quota.imagesPerDay !== undefined && { imagesPerDay: quota.imagesPerDay }),
    },
    requestsPerMinute: quota.requestsPerMinute ?? defaults.requestsPerMinute,
    // The limits of the functions' memory are those of the installation.
    maxBytes: Math.min(stored.uploads?.maxBytes ?? defaults.maxBytes, defaults.maxBytes),
    doubleReviewEvery: stored.review?.doubleEvery,
    models: stored.model ?? NO_MODELS,
  };
}
