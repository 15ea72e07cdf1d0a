/** The state of a sweep as text for a terminal. */
import { type Estimate, estimateOf } from '@hangtag/shared/domain/cost.js';
import type { PriceList } from '@hangtag/shared/domain/prices.js';
import { FINDINGS, type Finding, type SweepState } from '@hangtag/shared/domain/sweep-state.js';

const BAR_WIDTH = 24;

const MEANING: Readonly<Record<Finding, string>> = {
  missing: 'objects without a record',
  outdated: 'records of an older generation',
  gone: 'records of objects that are gone',
  stuck: 'waiting too long in the queue',
  deferred: 'deferred: over the budget, or while the model failed',
  stale: 'labelled by another model',
};

/** One line, which the next one overwrites. */
export function progressLine({ pass, progress, expected, etaAt }: SweepState, nowMs: number): string {
  const { listed, repaired, reads } = progress;
  const share = expected === null || expected === 0 ? undefined : Math.min(1, listed / expected);
  const bar = share === undefined ? '' : `${barOf(share)} ${String(Math.floor(share * 100)).padStart(3)} %  `;
  const left = etaAt === null ? '' : `, ${durationText((etaAt - nowMs) / 1_000)} left`;
  return `${bar}${pass}: ${number(listed)} listed, ${number(repaired)} repaired, ${number(reads)} reads${left}`;
}

/** The findings, repairs and cost of a finished sweep, or those that a dry run estimates. */
export function summary(state: SweepState, prices: PriceList): string {
  const { progress, mode } = state;
  const estimate = estimateOf(progress, prices);
  const { listed, proved, repaired, postponed, failed } = progress;
  return [
    ...(listed === 0 && state.prefix !== ''
      ? [`No object's name begins with ${JSON.stringify(state.prefix)}.`]
      : []),
    `listed ${number(listed)}, proved ${number(proved)} by their sums, needed no repair any more ${number(progress.void)}`,
    mode === 'dry-run'
      ? 'dry run: nothing was changed'
      : `repaired ${number(repaired)}, over the budget of the day ${number(postponed)}, failed ${number(failed)}`,
    ...FINDINGS.map((finding) => `${number(progress[finding]).padStart(12)}  ${MEANING[finding]}`),
    mode === 'dry-run'
      ? 'To repair it and label what it queues:'
      : 'Cost, with the labelling of what it queued:',
    ...estimateLines(estimate),
    `at list prices of ${prices.asOf}, ${prices.region}`,
  ].join('\n');
}

function estimateLines({ images, reads, writes, messages, cpuSeconds, usd, seconds }: Estimate): string[] {
  return [
    `${number(images).padStart(12)}  images through the model`,
    `${number(reads).padStart(12)}  Firestore reads, ${number(writes)} writes, ${number(messages)} messages`,
    `${number(Math.ceil(cpuSeconds)).padStart(12)}  CPU seconds, about ${durationText(seconds)} until the last label`,
    `${dollars(usd).padStart(12)}  US dollars`,
  ];
}

function barOf(share: number): string {
  const filled = Math.round(share * BAR_WIDTH);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
}

function durationText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 120) return `${whole} s`;
  return whole < 7_200 ? `${Math.ceil(whole / 60)} min` : `${Math.ceil(whole / 3_600)} h`;
}

function dollars(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3, maximumFractionDigits: 9 });
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
