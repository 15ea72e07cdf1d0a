/** Decides from the scores of a model whether a picture is done or goes to review. */
import { type Background, type Guarantees, guaranteedThreshold } from './precision-guarantee.js';
import type { Reason, Tier } from './record.js';

export interface ScoredLabel {
  readonly label: string;
  /** Calibrated probability, 0 to 1. */
  readonly score: number;
}

export interface VerdictPolicy {
  /** Confidence from which a label is used without review: an inclusive lower bound, 0 to 1. */
  readonly autoProcessAt: number;
  /** Confidence from which a quick review is enough. */
  readonly quickReviewAt: number;
  /** How many labels a record keeps, at most. */
  readonly topK: number;
  /** Lowest score worth keeping. */
  readonly minScore: number;
  /** The share of right labels among those used without review, at least: then the model's guarantees replace `autoProcessAt`. */
  readonly autoPrecision?: number;
}

export const DEFAULT_VERDICT_POLICY: VerdictPolicy = {
  autoProcessAt: 0.85,
  quickReviewAt: 0.7,
  topK: 3,
  minScore: 0.01,
};

export interface Verdict {
  readonly status: 'done' | 'review';
  readonly reason: Reason | null;
  readonly category: string;
  readonly confidence: number;
  readonly labels: readonly ScoredLabel[];
  readonly tier: Tier;
  readonly damaged: boolean;
  readonly typicality: number | null;
}

/** The parts of a `Prediction` that a verdict needs. */
export interface Judged {
  /** Highest first, at least one. */
  readonly scores: readonly ScoredLabel[];
  readonly unknown: boolean;
  readonly damaged?: boolean;
  readonly typicality?: number;
  readonly background?: Background;
}

/** @param guarantees of the model that gave the scores */
export function judge(judged: Judged, policy: VerdictPolicy, guarantees?: Guarantees): Verdict {
  const { scores, unknown, damaged = false, typicality = null } = judged;
  const [best] = scores;
  if (best === undefined) throw new TypeError('Expected at least one score but received none');
  const labels = scores.slice(0, policy.topK).filter(({ score }) => score >= policy.minScore);
  const common = { category: best.label, confidence: best.score, labels, damaged, typicality };
  if (unknown) return { ...common, status: 'review', reason: 'unknown-object', tier: 'MANUAL_REVIEW' };
  const tier = tierOf(best.score, { ...policy, autoProcessAt: autoProcessAt(judged, policy, guarantees) });
  return tier === 'AUTO_PROCESS'
    ? { ...common, status: 'done', reason: null, tier }
    : { ...common, status: 'review', reason: 'low-confidence', tier };
}

/** Nothing is used without review if the model does not guarantee the precision. */
function autoProcessAt(
  { background = 'other' }: Judged,
  { autoPrecision, autoProcessAt: standard }: VerdictPolicy,
  guarantees: Guarantees | undefined,
): number {
  if (autoPrecision === undefined) return standard;
  return (
    guaranteedThreshold(guarantees?.[background] ?? [], autoPrecision)?.confidence ?? Number.POSITIVE_INFINITY
  );
}

export function tierOf(confidence: number, policy: VerdictPolicy): Tier {
  if (confidence >= policy.autoProcessAt) return 'AUTO_PROCESS';
  return confidence >= policy.quickReviewAt ? 'QUICK_REVIEW' : 'MANUAL_REVIEW';
}
