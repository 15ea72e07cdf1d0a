/** The sections of the page below its head, in their order, one function each. */

import type { Report } from '@hangtag/shared/domain/report/report.js';
import type { WeekLine } from '@hangtag/shared/domain/report/trailing-week.js';
import {
  categoryChart,
  colourChart,
  confidenceChart,
  durationChart,
  hourChart,
  trendChart,
} from './charts.js';
import { type Content, type Html, html } from './html.js';
import { count, counted, dollars, percent, signedPercent } from './wording.js';

/** An image that waits for a review. */
export interface ReviewPick {
  readonly name: string;
  /** Its reference, or the last part of its name. */
  readonly title: string;
  readonly category: string | null;
  readonly confidence: number | null;
  readonly reason: string | null;
  /** The category of a model on trial that disputes the label; null if none does. */
  readonly onTrial: string | null;
  /** A `data:` URL; undefined if the object is gone or cannot be decoded. */
  readonly thumbnail: string | undefined;
}

export function picksSection(picks: readonly ReviewPick[], { totals }: Report): Html | undefined {
  if (picks.length === 0) return undefined;
  const disputed = picks.filter(({ onTrial }) => onTrial !== null).length;
  const first =
    disputed === 0
      ? undefined
      : html`First ${counted(disputed, 'image')} that the model on trial is sure to be something else. `;
  return html`<section class="long"><h2>To review</h2>
<p class="muted">${first}${disputed === 0 ? 'The' : 'Then the'} least certain of ${counted(totals.review, 'image')} in review. All are in images.csv.</p>
<div class="gallery">${picks.map(pickFigure)}</div></section>`;
}

function pickFigure({ name, title, category, confidence, reason, onTrial, thumbnail }: ReviewPick): Html {
  const picture =
    thumbnail === undefined
      ? html`<span class="none">no picture</span>`
      : html`<img src="${thumbnail}" alt="${category ?? 'unlabelled'}" width="240" height="240">`;
  const guess = reason === 'unknown-object' ? 'unknown' : (category ?? 'unlabelled');
  const certainty = confidence === null ? '' : percent(confidence);
  return html`<figure title="${name}">${picture}<figcaption><b>${guess}</b>${certainty}${onTrial === null ? undefined : html`<b>or ${onTrial}?</b>`}
<span class="name">${title}</span></figcaption></figure>`;
}

export function chartSections(report: Report): Html {
  const { confidence } = report;
  const { AUTO_PROCESS: auto, QUICK_REVIEW: quick, MANUAL_REVIEW: manual } = confidence.tiers;
  const mean = confidence.mean === null ? '' : `, mean ${percent(confidence.mean)}`;
  return html`<div class="pair">
${chart('Categories', key(['ok', 'no review'], ['warning', 'for review']), categoryChart(report))}
${chart(
  'How sure the model was',
  key(
    ['ok', `${count(auto)} sure`],
    ['warning', `${count(quick)} quick look`],
    ['critical', `${count(manual)} by hand${mean}`],
  ),
  confidenceChart(report),
)}
</div><div class="pair">
${chart('Uploads by hour', `Images by hour, ${report.timeZone}`, hourChart(report))}
${chart(
  'The last fourteen days',
  key(['ok', 'done'], ['warning', 'review'], ['critical', 'failed']),
  trendChart(report),
)}
</div><div class="pair">
${chart('How long it took', 'Half, nine in ten and 99 in 100 images were faster', durationChart(report))}
${driftSection(report)}
</div>`;
}

function chart(title: string, caption: Content, drawing: Html): Html {
  return html`<section><figure aria-label="${title}"><h2>${title}</h2><figcaption>${caption}</figcaption>${drawing}</figure></section>`;
}

function key(...entries: readonly (readonly [tone: string, text: string])[]): Content {
  return entries.map(([tone, text]) => html`<span class="key ${tone}"></span>${text}`);
}

const DRIFT_WORDS = {
  stable: 'as it was',
  moderate: 'moved a little: worth a look',
  major: 'moved a lot: somebody should look',
  unknown: 'too few images to say',
} as const;

function driftSection({ drift, typicality }: Report): Html {
  const { categories, confidence, meanConfidence, largestShift } = drift;
  const index = (psi: number | null) => (psi === null ? '' : ` (PSI ${psi.toFixed(2)})`);
  const { today, before } = meanConfidence;
  return html`<section><h2>Drift</h2><p class="muted">Against the seven days before</p>
<table>
<tr><td>Mix of categories</td><td>${DRIFT_WORDS[categories.level]}${index(categories.psi)}</td></tr>
<tr><td>Confidences</td><td>${DRIFT_WORDS[confidence.level]}${index(confidence.psi)}</td></tr>
<tr><td>Mean confidence</td><td>${share(before)} → ${share(today)}</td></tr>
${
  largestShift
    ? html`<tr><td>Largest shift: ${largestShift.category}</td>
<td>${percent(largestShift.before)} → ${percent(largestShift.today)}</td></tr>`
    : undefined
}
</table>${typicalityTable(typicality)}</section>`;
}

const TYPICALITY_WORDS = {
  usual: 'As usual.',
  high: 'More than usual: let the model learn from corrections.',
  unknown: 'Too few images to say.',
} as const;

/** Absent if no model of the day says how usual an image is. */
function typicalityTable({ images, unlike, share: found, expected, level }: Report['typicality']): Content {
  if (found === null) return undefined;
  return html`<p class="muted">Against the pictures that the model was measured on, ${percent(expected)} of which look unlike the others</p>
<table><tr><td>Unlike them</td><td>${percent(found)} (${count(unlike)} of ${count(images)})</td></tr></table>
<p class="muted">${TYPICALITY_WORDS[level]}</p>`;
}

function share(value: number | null): string {
  return value === null ? '–' : percent(value);
}

/** Absent if no image of the day has a palette. */
export function colourSection(report: Report): Html | undefined {
  const { images, colours } = report.colours;
  if (colours.length === 0) return undefined;
  const caption = `Mean share of the product, over ${counted(images, 'image')}. All are in colours.csv.`;
  return html`<section><figure aria-label="What came in by colour"><h2>What came in by colour</h2>
<figcaption>${caption}</figcaption>${colourChart(report)}</figure></section>`;
}

export function failureSection({ reasons, totals }: Report): Html | undefined {
  const failed = reasons.filter(({ status }) => status === 'failed' || status === 'skipped');
  if (failed.length === 0) return undefined;
  return html`<section><h2>Not labelled, and why</h2>
<p class="muted">${count(totals.failed)} failed, ${count(totals.skipped)} skipped</p>
<table><tr><th>reason</th><th>status</th><th>images</th></tr>
${failed.map(
  ({ status, reason, count: images }) =>
    html`<tr><td>${reason}</td><td>${status}</td><td>${count(images)}</td></tr>`,
)}</table></section>`;
}

export function correctionSection({ corrections }: Report): Html | undefined {
  if (corrections.precision.length === 0) return undefined;
  return html`<section><h2>Corrections</h2>
<p class="muted">${counted(corrections.today, 'correction')} on the day, ${count(corrections.trailing)} in fourteen days.
Threshold: the lowest confidence from which 99\u00a0% of the reviewed images were right, where there are twenty or more.</p>
<div class="scroll"><table><tr><th>category</th><th>reviewed</th><th>right</th><th>threshold</th></tr>
${corrections.precision.map(
  ({ category, reviewed, precision, suggestedThreshold }) =>
    html`<tr><td>${category}</td><td>${count(reviewed)}</td><td>${percent(precision)}</td>
<td>${suggestedThreshold === null ? '–' : suggestedThreshold.toFixed(2)}</td></tr>`,
)}</table></div></section>`;
}

const WEEK_WORDS: Readonly<Record<WeekLine['what'], string>> = {
  received: 'uploaded',
  done: 'done',
  review: 'for review',
  failed: 'failed',
};

export function weekSection({ week }: Report): Html {
  const { reportedDays, reportedDaysBefore, lines } = week;
  const isWhole = reportedDays === 7 && reportedDaysBefore === 7;
  const caveat = isWhole
    ? undefined
    : html` (${reportedDaysBefore} and ${reportedDays} of 7 days have a report)`;
  return html`<section><h2>This week and the last</h2><p class="muted">Seven days up to this one${caveat}</p>
<table><tr><th></th><th>last week</th><th>this week</th><th>change</th></tr>
${lines.map(
  ({ what, count: now, before, change }) =>
    html`<tr><td>${WEEK_WORDS[what]}</td><td>${count(before)}</td><td>${count(now)}</td>
<td>${change === null ? '–' : signedPercent(change)}</td></tr>`,
)}</table></section>`;
}

const COST_WORDS = {
  firestore: 'Firestore',
  functions: 'functions',
  messages: 'messages',
  storage: 'bucket reads',
  opinions: 'second opinions',
} as const;

export function costSection({ cost }: Report): Html {
  return html`<section><h2>Cost</h2><p class="muted">Estimated from list prices, without free tiers</p>
<table>${cost.lines.map(({ what, usd }) => html`<tr><td>${COST_WORDS[what]}</td><td>${dollars(usd)}</td></tr>`)}
<tr><td><b>together</b></td><td><b>${dollars(cost.totalUsd)}</b></td></tr></table></section>`;
}

export function reconciliationSection({ reconciliation }: Report): Html {
  const { objects, records, rows, statuses, moved, balanced } = reconciliation;
  const { done, review, failed, skipped, deferred, queued } = statuses;
  return html`<section><h2>Does it add up?</h2>
<p>${count(objects)} in the bucket ${balanced ? '=' : '≠'} ${count(done)} done + ${count(review)} review +
${count(failed)} failed + ${count(skipped)} skipped + ${count(deferred)} deferred + ${count(queued)} queued${
    moved === 0 ? undefined : html` − ${count(moved)} moved to the folder of their category`
  }</p>
<p class="muted">${count(records)} by the database's own count, ${count(rows)} by the rows of the files.
${balanced ? 'All three agree.' : 'They do not agree.'}</p></section>`;
}
