/** The part of the configuration that each handler's policy is made of. */
import type { Config } from '@hangtag/shared/config.js';
import type { AdmissionPolicy } from '@hangtag/shared/domain/admission.js';
import type { ClassifyPolicy } from './classify/handler.js';
import type { ReportPorts } from './report/handler.js';

export function admissionPolicyOf(config: Config): AdmissionPolicy {
  return {
    includePrefixes: config.HANGTAG_INCLUDE_PREFIXES,
    excludePrefixes: config.HANGTAG_EXCLUDE_PREFIXES,
    maxBytes: config.HANGTAG_MAX_BYTES,
  };
}

export function classifyPolicyOf(config: Config): ClassifyPolicy {
  return {
    maxBytes: config.HANGTAG_MAX_BYTES,
    ageGateMs: config.HANGTAG_AGE_GATE_MS,
    maxAttempts: config.HANGTAG_MAX_ATTEMPTS,
    keepEmbedding: config.HANGTAG_KEEP_EMBEDDING,
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
