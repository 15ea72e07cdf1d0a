/** The part of the configuration that each handler's policy is made of. */
import type { Config } from '@hangtag/shared/config.js';
import type { AdmissionPolicy } from '@hangtag/shared/domain/admission.js';
import type { Budget } from '@hangtag/shared/domain/budget.js';
import { usdPerImage } from '@hangtag/shared/domain/cost.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import type { TimeZones } from '@hangtag/shared/domain/report/time-zones.js';
import type { SurgePolicy } from '@hangtag/shared/domain/surge.js';
import type { VerdictPolicy } from '@hangtag/shared/domain/verdict.js';
import type { ClassifyPolicy } from '../classify/handler.js';
import type { ReportPorts } from '../report/handler.js';
import type { SpendPolicy } from '../spend/guard.js';

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

export function classifyPolicyOf(config: Config): ClassifyPolicy {
  return {
    maxBytes: config.HANGTAG_MAX_BYTES,
    ageGateMs: config.HANGTAG_AGE_GATE_MS,
    maxAttempts: config.HANGTAG_MAX_ATTEMPTS,
    keepEmbedding: config.HANGTAG_KEEP_EMBEDDING,
  };
}

/** Of every tenant that has no thresholds of its own. */
export function verdictPolicyOf(config: Config): VerdictPolicy {
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
      categoryCodes: config.HANGTAG_CATEGORY_CODES,
    },
  };
}

export function timeZonesOf(config: Config): TimeZones {
  return { timeZone: config.HANGTAG_TIME_ZONE, tenantTimeZones: config.HANGTAG_TENANT_TIME_ZONES };
}

/** Undefined if no limit is set: then nothing is counted, and nothing is read. */
export function spendPolicyOf(config: Config): Omit<SpendPolicy, 'workers'> | undefined {
  const overall = limitOf(config.HANGTAG_DAILY_LIMIT_IMAGES, config.HANGTAG_DAILY_LIMIT_USD);
  const perTenant = limitOf(config.HANGTAG_TENANT_DAILY_LIMIT_IMAGES, config.HANGTAG_TENANT_DAILY_LIMIT_USD);
  if (isUnlimited(overall) && isUnlimited(perTenant)) return undefined;
  return { overall, perTenant, usdPerImage: usdPerImage(PRICES) };
}

function limitOf(imagesPerDay: number | undefined, usdPerDay: number | undefined): Budget {
  return {
    ...(imagesPerDay !== undefined && { imagesPerDay }),
    ...(usdPerDay !== undefined && { usdPerDay }),
  };
}

function isUnlimited({ imagesPerDay, usdPerDay }: Budget): boolean {
  return imagesPerDay === undefined && usdPerDay === undefined;
}
