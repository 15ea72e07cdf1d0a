/**
 * Makes the report of one civil day of one tenant, in five steps:
 *
 *   1. survey: read every record once, count it and write it to the row files
 *   2. reconcile: bucket, database and files must agree   (counted at the same time)
 *   3. compose and write report.json and report.html
 *   4. archive: a document for listeners and for the reports of later days
 *   5. announce: a message for programs, and alerts for people
 *
 * A report of today so far ends after step 3.
 *
 * Every step can be repeated: the same records give the same bytes, and a file that is the same already is not written.
 */

import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { addDays, civilTime } from '@hangtag/shared/domain/report/day-window.js';
import { REPORT_CONDITIONS, slowRun } from '@hangtag/shared/domain/report/findings.js';
import {
  composeReport,
  historyDays,
  type Report,
  type ReportSettings,
} from '@hangtag/shared/domain/report/report.js';
import type { TimeZones } from '@hangtag/shared/domain/report/time-zones.js';
import type { standardLog } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { FileStore } from '@hangtag/shared/ports/file-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import type { OpinionLedger } from '@hangtag/shared/ports/second-opinion.js';
import { type AlertPorts, sendAlerts } from '../alerts/send-alerts.js';
import type { Outcome } from '../records/outcome.js';
import { renderPage } from './page/page.js';
import { type Period, periodOf, type ReportCommand, soFarFilesOf } from './period.js';
import { type PickPorts, picksOf } from './picks.js';
import { RowFiles, type RowFilesOptions } from './row-files.js';
import { type Survey, surveyDay } from './survey.js';
import { reconcileDay, type WitnessPorts } from './witnesses.js';

export interface ReportPorts extends WitnessPorts, PickPorts, TimeZones {
  readonly files: FileStore;
  readonly archive: ReportArchive;
  readonly publisher: Publisher;
  readonly alerts: AlertPorts;
  readonly clock: Clock;
  readonly settings: ReportSettings;
  /** Those of a tenant. Absent: those of the settings. */
  readonly thresholdsOf?: (tenant: TenantId) => ReportSettings['thresholds'];
  readonly rowFiles: Omit<RowFilesOptions, 'folder' | 'pickLists'>;
  readonly topics: { readonly report?: string };
  /** Absent if no vision model is asked. */
  readonly opinions?: Pick<OpinionLedger, 'of'>;
  /** Fires shortly before the time limit of the function. */
  readonly signal?: AbortSignal;
  readonly log?: typeof standardLog;
}

interface Made {
  readonly composed: Report;
  readonly surveyed: Survey;
  /** Names in the report bucket. */
  readonly files: readonly string[];
}

const DAY_MS = 86_400_000;

/** @throws {InputError} the day is in the future */
export async function report(command: ReportCommand, ports: ReportPorts): Promise<Outcome> {
  const startedAt = ports.clock.now();
  const period = periodOf(command, ports);
  const made = await makeFiles(command, period, ports);
  if (period.kind === 'so-far') {
    await removeOthers(soFarFilesOf(command.tenant), made, ports);
  } else {
    await archive(made, period, ports);
    await announce(made, ports.clock.now() - startedAt, ports);
  }
  const { totals, reconciliation, findings } = made.composed;
  return {
    outcome: period.kind === 'so-far' ? 'reported-so-far' : 'reported',
    ...command,
    ...totals,
    balanced: reconciliation.balanced,
    findings: findings.length,
    folder: period.folder,
    runMs: ports.clock.now() - startedAt,
  };
}

/** Bucket and database are counted while the rows are read. */
async function makeFiles(command: ReportCommand, period: Period, ports: ReportPorts): Promise<Made> {
  const { tenant, day } = command;
  const { window, folder } = period;
  const pickLists = period.kind === 'day' ? 'one-each' : 'none';
  const rowFiles = new RowFiles(ports.files, { ...ports.rowFiles, folder, pickLists });
  const survey = surveyDay({ tenant, window }, { ...ports, files: rowFiles });
  const rows = survey.then(({ summary: { statuses, moved } }) => ({ ...statuses, moved }));
  const [surveyed, reconciliation, history] = await Promise.all([
    survey,
    reconcileDay({ tenant, window, rows }, ports),
    ports.archive.summaries(tenant, historyDays(day)),
  ]);
  const { summary, trials } = surveyed;
  const thresholds = ports.thresholdsOf?.(tenant) ?? ports.settings.thresholds;
  const settings = { ...ports.settings, thresholds };
  const isSoFar = period.kind === 'so-far' && ({ isSoFar: true } as const);
  const opinionsUsd = (await ports.opinions?.of(tenant, day))?.usd ?? 0;
  const input = {
    tenant,
    window,
    summary,
    trials,
    history,
    reconciliation,
    settings,
    opinionsUsd,
    ...isSoFar,
  };
  const composed = composeReport(input);
  const names = await writeReport(composed, { surveyed, folder }, ports);
  return { composed, surveyed, files: names.map((name) => `${folder}${name}`) };
}

/** @returns the names of all files, below their folder */
async function writeReport(
  composed: Report,
  { surveyed, folder }: { readonly surveyed: Survey; readonly folder: string },
  ports: ReportPorts,
): Promise<readonly string[]> {
  const rowFiles = surveyed.files.map(({ name }) => name);
  const picks = await picksOf(surveyed.picks, ports);
  const { trials } = surveyed;
  const page = renderPage({ report: composed, trials, picks, files: [...rowFiles, 'report.json'] });
  const json = `${JSON.stringify(composed, null, 2)}\n`;
  await writeFile('report.json', 'application/json', json);
  await writeFile('report.html', 'text/html; charset=utf-8', page);
  return [...rowFiles, 'report.html', 'report.json'];

  async function writeFile(name: string, contentType: string, text: string): Promise<void> {
    const sink = ports.files.create(`${folder}${name}`, contentType);
    await sink.write(text);
    await sink.close();
  }
}

/** A category that no image has any more, after a correction or an erasure, leaves no pick list. */
async function removeOthers(before: readonly string[], { files }: Made, ports: ReportPorts): Promise<void> {
  for (const name of before.filter((each) => !files.includes(each))) await ports.files.remove(name);
}

async function archive(made: Made, { window }: Period, ports: ReportPorts): Promise<void> {
  const { composed, surveyed, files } = made;
  const { tenant, day } = composed;
  await removeOthers((await ports.archive.find(tenant, day))?.files ?? [], made, ports);
  const expireAt = window.toMs + ports.settings.retention.records * DAY_MS;
  await ports.archive.save(tenant, { report: composed, summary: surveyed.summary, files, expireAt });
}

/** Both are done at the same time. If one fails, the day is not marked as announced, and the next run reports it again. */
async function announce({ composed, files }: Made, runMs: number, ports: ReportPorts): Promise<void> {
  const results = await Promise.allSettled([
    publish(composed, files, ports),
    sendReportAlerts(composed, runMs, ports),
  ]);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  await ports.archive.markAnnounced(composed.tenant, composed.day);
}

async function publish(composed: Report, files: readonly string[], ports: ReportPorts): Promise<void> {
  const { tenant, day, totals, findings } = composed;
  if (ports.topics.report === undefined) return;
  await ports.publisher.publish(ports.topics.report, { data: { tenant, day, totals, findings, files } });
}

/** Of the latest day only: an older day that is reported again neither raises nor resolves an alert. */
async function sendReportAlerts(composed: Report, runMs: number, ports: ReportPorts): Promise<void> {
  const { tenant, day, timeZone, findings } = composed;
  if (day !== addDays(civilTime(ports.clock.now(), timeZone).day, -1)) return;
  const slow = slowRun('slow-report', runMs);
  const observed = REPORT_CONDITIONS.map((condition) => ({
    condition,
    finding: findings.find((found) => found.condition === condition),
  }));
  await sendAlerts(tenant, [...observed, { condition: 'slow-report', finding: slow }], ports.alerts);
}
