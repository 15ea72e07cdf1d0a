/** `report.html`: one file that loads nothing from the network; its content security policy forbids it. */
import type { DayTrial } from '@hangtag/shared/domain/report/day-trials.js';
import type { Report } from '@hangtag/shared/domain/report/report.js';
import { type Html, html } from './html.js';
import { modelsSection } from './models-section.js';
import {
  chartSections,
  colourSection,
  correctionSection,
  costSection,
  failureSection,
  picksSection,
  type ReviewPick,
  reconciliationSection,
  weekSection,
} from './sections.js';
import { STYLE } from './style.js';
import { count, counted, longDate, percent } from './wording.js';

export interface Page {
  readonly report: Report;
  /** Those of the report, with names of images. */
  readonly trials: readonly DayTrial[];
  readonly picks: readonly ReviewPick[];
  /** Names of the files beside the page. */
  readonly files: readonly string[];
}

export function renderPage(page: Page): string {
  const { report, files } = page;
  const { day, tenant } = report;
  const body = report.totals.received === 0 ? reconciliationSection(report) : fullBody(page);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>Hangtag, ${tenant}, ${day}</title><style>${STYLE}</style></head>
<body><header><p class="muted">Hangtag daily report · ${tenant}</p><h1>${longDate(day)}</h1>
${soFar(report)}<p class="lead">${lead(report)}</p></header>
${findings(report)}${tiles(report)}${body}${footer(report, files)}</body></html>
`.markup;
}

function soFar({ isSoFar, window }: Report): Html | undefined {
  if (!isSoFar) return undefined;
  return html`<p class="warning"><b>Not the whole day.</b> This report ends at ${window.to}. No alert was sent.</p>`;
}

function fullBody({ report, picks, trials }: Page): Html {
  const tables = [
    colourSection(report),
    failureSection(report),
    correctionSection(report),
    weekSection(report),
    costSection(report),
  ];
  const pairs = tables.filter((table) => table !== undefined);
  return html`${picksSection(picks, report)}${chartSections(report)}
<div class="pair">${pairs}</div>${modelsSection(report, trials)}${reconciliationSection(report)}`;
}

function lead({ totals, confidence }: Report): string {
  if (totals.received === 0) return 'No image was uploaded.';
  const { done, review, failed, queued, received } = totals;
  const labelled = done + review;
  const certain = labelled === 0 ? '' : ` (${percent(done / labelled)} of what was labelled)`;
  const byHand = confidence.tiers.MANUAL_REVIEW;
  const sentences = [
    `${counted(received, 'image')} uploaded. ${count(done)} ${needs(done)} no review${certain}.`,
    review === 0
      ? 'None needs a review.'
      : `${count(review)} ${needs(review)} a review, ${count(byHand)} of them a careful one.`,
    failed === 0 ? 'None failed.' : `${count(failed)} failed.`,
    ...(queued === 0 ? [] : [`${count(queued)} are still queued.`]),
  ];
  return sentences.join(' ');
}

function needs(images: number): string {
  return images === 1 ? 'needs' : 'need';
}

function findings({ findings: found }: Report): Html {
  if (found.length === 0) {
    return html`<ul class="findings"><li class="ok"><b>Nothing is wrong.</b> Every object has its record.</li></ul>`;
  }
  const item = ({ severity, text }: Report['findings'][number]) =>
    html`<li class="${severity}"><b>${severity === 'critical' ? 'Act' : 'Look'}:</b>${text}</li>`;
  return html`<ul class="findings">${found.map(item)}</ul>`;
}

function tiles({ totals }: Report): Html {
  const tile = (tone: string, value: number, label: string) =>
    html`<div class="card tile ${tone}"><b>${count(value)}</b><span class="muted">${label}</span></div>`;
  return html`<div class="tiles">${tile('', totals.received, 'uploaded')}${tile('ok', totals.done, 'done')}
${tile('warning', totals.review, 'for review')}${tile('critical', totals.failed, 'failed')}</div>`;
}

function footer({ timeZone, window, retention }: Report, files: readonly string[]): Html {
  const links = files.map(
    (name, index) => html`${index > 0 ? ', ' : ''}<a href="${encodeURI(name)}">${name}</a>`,
  );
  return html`<footer class="muted"><p>The day of ${timeZone}: ${window.from} to ${window.to}, the end excluded.</p>
<p class="files">Files beside this page: ${links}.</p>
<p>Images are kept ${counted(retention.images, 'day')}, records and reports ${counted(retention.records, 'day')}.</p></footer>`;
}
