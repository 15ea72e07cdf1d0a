/** The models of the day: how many images each labelled, and what its trials have shown. */
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import type { DayTrial } from '@hangtag/shared/domain/report/day-trials.js';
import type { Report } from '@hangtag/shared/domain/report/report.js';
import { type Html, html } from './html.js';
import { count, counted, duration, percent } from './wording.js';

const FLIPS = 10;

export function modelsSection({ models }: Report, trials: readonly DayTrial[]): Html | undefined {
  if (models.length === 0) return undefined;
  return html`<section class="long"><h2>Models</h2>
<table>${models.map(
    (model) => html`<tr><td>${nameOfVersion(model)}</td><td>${counted(model.count, 'image')}</td></tr>`,
  )}</table>
${trials.map(trialOf)}</section>`;
}

function trialOf({ active, shadow, images, agreement, flips, inferMs, judged }: DayTrial): Html {
  const times = inferMs && ` ${duration(inferMs.active)} and ${duration(inferMs.shadow)} (medians).`;
  const compared =
    agreement === null
      ? 'No image of the day was labelled by both.'
      : `${counted(images, 'image')} labelled by both, ${percent(agreement)} with the same category. Inference took`;
  return html`<h3>On trial: ${nameOfVersion(shadow)}</h3>
<p class="muted">Beside ${nameOfVersion(active)}. ${compared}${times ?? ''}</p>
${flips.length === 0 ? undefined : flipTable(flips)}${judgedOf(judged)}`;
}

function flipTable(flips: DayTrial['flips']): Html {
  return html`<div class="scroll"><table><tr><th>active → on trial</th><th>images</th><th class="examples">for example</th></tr>
${flips
  .slice(0, FLIPS)
  .map(
    ({ from, to, n, examples }) =>
      html`<tr><td class="flip">${from} → ${to}</td><td>${count(n)}</td><td class="examples">${examples.map(lastPart).join(', ')}</td></tr>`,
  )}</table></div>`;
}

/** The gallery and the files have the whole names. */
function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function judgedOf(judged: DayTrial['judged']): Html {
  if (judged === null) return html`<p class="muted">Nobody judged an image of the trial on this day.</p>`;
  const { n, active, shadow, interval, classes } = judged;
  const [low, high] = interval.map((share) => (100 * share).toFixed(1));
  return html`<p>Of ${counted(n, 'image')} judged on this day the active model had ${percent(active.accuracy)} right, the model on trial
${percent(shadow.accuracy)}: a difference of ${low} to ${high} points (95\u00a0% interval). Calibration error ${active.ece.toFixed(3)} and
${shadow.ece.toFixed(3)}.</p>
<div class="scroll"><table><tr><th>category</th><th>judged</th><th>active</th><th>on trial</th></tr>
${classes.map(
  (each) =>
    html`<tr><td>${each.category}</td><td>${count(each.n)}</td><td>${percent(each.active)}</td><td>${percent(each.shadow)}</td></tr>`,
)}</table></div>`;
}
