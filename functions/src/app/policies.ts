/** The part of the configuration that each handler's policy is made of. */
import type { Config } from '@hangtag/shared/config.js';
import type { AdmissionPolicy } from '@hangtag/shared/domain/admission.js';
import type { Budget } from '@hangtag/shared/domain/budget.js';
import { usdPerImage } from '@hangtag/shared/domain/cost.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { type TimeZones, zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import type { SurgePolicy } from '@hangtag/shared/domain/surge.js';
import type { VerdictPolicy } from '@hangtag/shared/domain/verdict.js';
import type { ClassifyPolicy } from '../classify/handler.js';
import type { OpinionPolicy } from '../opinion/handler.js';
import type { OrganisePolicy } from '../organise/handler.js';
import type { ReportPorts } from '../report/handler.js';
import type { SpendPolicy } from '../spend/guard.js';
import type { RankingPorts } from '../wardrobe/rank-outfits.js';
import type { TenantDefaults, Tenants } from './tenants.js';

export function admissionPolicyOf(config: Config): AdmissionPolicy {
  return {
    includePrefixes: config.HANGTAG_INCLUDE_PREFIXES,
    excludePrefixes: config.HANGTAG_EXCLUDE_PREFIXES,
    maxBytes: config.HANGTAG_MAX_BYTES,
  };
}

export function surgePolicyOf(config: Config): SurgePolicy {
  return { burst: config.HANGTAG_SURGE_BURST_IMAGES, perSecond: config.HANGTAG_SURGE_IMAGES_PER_SECOND };
}

/**
 * Processor time of one tenant, in milliseconds, beyond which its images wait in the backfill lane: five images at the time
 * limit of 1.9 s, or 1,300 photos of 1800x2400, and then a quarter of two cores.
 */
export const PROCESSOR_TIME: SurgePolicy = { burst: 10_000, perSecond: 500 };

/** A folder of an instance in the cloud is in its memory, and other instances do not see it. */
export function isStoreLasting({ HANGTAG_MODEL_STORE: store }: Config, env: NodeJS.ProcessEnv): boolean {
  const isCloud = env['K_SERVICE'] !== undefined && env['FUNCTIONS_EMULATOR'] !== 'true';
  return store.startsWith('gs://') || !isCloud;
}

export function classifyPolicyOf(config: Config): ClassifyPolicy {
  return {
    maxBytes: config.HANGTAG_MAX_BYTES,
    ageGateMs: config.HANGTAG_AGE_GATE_MS,
    maxAttempts: config.HANGTAG_MAX_ATTEMPTS,
  };
}

/** Of every tenant that has no thresholds of its own. */
function verdictPolicyOf(config: Config): VerdictPolicy {
  return {
    autoProcessAt: config.HANGTAG_AUTO_PROCESS_AT,
    quickReviewAt: config.HANGTAG_QUICK_REVIEW_AT,
    topK: config.HANGTAG_TOP_K,
    minScore: config.HANGTAG_MIN_SCORE,
  };
}

export function reportPolicyOf(config: Config): Pick<ReportPorts, 'settings' | 'rowFiles'> {
  const { HANGTAG_DAILY_BUDGET_USD: dailyBudgetUsd } = config;
  return {
    settings: {
      thresholds: {
        autoProcessAt: config.HANGTAG_AUTO_PROCESS_AT,
        quickReviewAt: config.HANGTAG_QUICK_REVIEW_AT,
      },
      retention: {
        images: config.HANGTAG_IMAGE_RETENTION_DAYS,
        records: config.HANGTAG_RECORD_RETENTION_DAYS,
      },
      ...(dailyBudgetUsd !== undefined && { dailyBudgetUsd }),
    },
    rowFiles: {
      byteOrderMark: config.HANGTAG_CSV_BYTE_ORDER_MARK,
      categoryCodes: new Map(Object.entries(config.HANGTAG_CATEGORY_CODES)),
    },
  };
}

/** The defaults of what a tenant's document does not set. */
export function tenantDefaultsOf(config: Config): TenantDefaults {
  const thresholds = verdictPolicyOf(config);
  const budget = limitOf(config.HANGTAG_TENANT_DAILY_LIMIT_IMAGES, config.HANGTAG_TENANT_DAILY_LIMIT_USD);
  const zones = { timeZone: config.HANGTAG_TIME_ZONE, tenantTimeZones: config.HANGTAG_TENANT_TIME_ZONES };
  const { HANGTAG_ORGANISE_TENANTS: organised } = config;
  return (tenant) => ({
    timeZone: zoneOf(zones, tenant),
    features: [
      ...(organised.length === 0 || organised.includes(tenant) ? (['organise'] as const) : []),
      ...(config.HANGTAG_KEEP_EMBEDDING ? (['embeddings'] as const) : []),
      ...(config.HANGTAG_THUMBNAILS ? (['thumbnails'] as const) : []),
      ...(config.HANGTAG_PALETTE ? (['palette'] as const) : []),
      ...(config.HANGTAG_SIMILAR ? (['similar'] as const) : []),
      ...(config.HANGTAG_WARDROBE ? (['wardrobe'] as const) : []),
    ],
    thresholds,
    budget,
    requestsPerMinute: config.HANGTAG_API_TENANT_REQUESTS_PER_MINUTE,
    maxBytes: config.HANGTAG_MAX_BYTES,
  });
}

export function organisePolicyOf(config: Config, tenants: Tenants): OrganisePolicy {
  return {
    mode: config.HANGTAG_ORGANISE,
    isMeant: (tenant) => tenants.of(tenant).features.includes('organise'),
  };
}

export function opinionPolicyOf(config: Config, tenants: Tenants): OpinionPolicy {
  const {
    HANGTAG_SECOND_OPINION_INPUT_USD: input = 0,
    HANGTAG_SECOND_OPINION_OUTPUT_USD: output = 0,
    HANGTAG_SECOND_OPINION_DAILY_USD: dailyUsd,
    HANGTAG_MAX_BYTES: maxBytes,
  } = config;
  return {
    isWanted: (tenant) => tenants.of(tenant).features.includes('second-opinion'),
    timeZoneOf: (tenant) => tenants.of(tenant).timeZone,
    dailyUsd,
    prices: { input, output },
    maxBytes,
  };
}

export function rankingPolicyOf({
  HANGTAG_OUTFIT_RANKING_INPUT_USD: input = 0,
  HANGTAG_OUTFIT_RANKING_OUTPUT_USD: output = 0,
  HANGTAG_OUTFIT_RANKING_DAILY_USD: dailyUsd,
}: Config): Pick<RankingPorts, 'dailyUsd' | 'prices'> {
  return { dailyUsd, prices: { input, output } };
}

export function timeZonesOf(config: Config, tenants: Tenants): TimeZones {
  return {
    timeZone: config.HANGTAG_TIME_ZONE,
    tenantTimeZones: { get: (tenant) => tenants.of(tenant).timeZone },
  };
}

export function spendPolicyOf(config: Config, tenants: Tenants): Omit<SpendPolicy, 'workers'> {
  return {
    overall: limitOf(config.HANGTAG_DAILY_LIMIT_IMAGES, config.HANGTAG_DAILY_LIMIT_USD),
    perTenant: (tenant) => tenants.of(tenant).budget,
    usdPerImage: usdPerImage(PRICES),
  };
}

function limitOf(imagesPerDay: number | undefined, usdPerDay: number | undefined): Budget {
  return {
    ...(imagesPerDay !== undefined && { imagesPerDay }),
    ...(usdPerDay !== undefined && { usdPerDay }),
  };
}
