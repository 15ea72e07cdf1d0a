/**
 * One civil day of one tenant becomes one report, in five steps:
 *
 *   1. survey: every record once, counted and written to the row files
 *   2. reconcile: bucket, database and files must agree   (counted meanwhile)
 *   3. compose and write report.json and report.html
 *   4. archive: a document for listeners and for the weeks to come
 *   5. announce: a message for programs, and to people what they should know without reading it
 *
 * Every step can be done again: the same records give the same bytes, and a file that is there already stays as it is.
 */

import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { Day, DayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { addDays, civilTime, dayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { REPORT_CONDITIONS, slowRun } from '@hangtag/shared/domain/report/findings.js';
import {
  composeReport,
  historyDays,
  type Report,
  type ReportSettings,
} from '@hangtag/shared/domain/report/report.js';
import { type TimeZones, zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { standardLog } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { FileStore } from '@hangtag/shared/ports/file-store.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import { type AlertPorts, sendAlerts } from '../alerts/send-alerts.js';
import type { Outcome } from '../outcome.js';
import { renderPage } from './page/page.js';
import { type PickPorts, picksOf } from './picks.js';
import { RowFiles, type RowFilesOptions } from './row-files.js';
import { type Survey, surveyDay } from './survey.js';
import { reconcileDay, type WitnessPorts } from './witnesses.js';

export interface ReportCommand {
  readonly tenant: TenantId;
  readonly day: Day;
}

export interface ReportPorts extends WitnessPorts, PickPorts, TimeZones {
  readonly files: FileStore;
  readonly archive: ReportArchive;
  readonly publisher: Publisher;
  readonly alerts: AlertPorts;
  readonly clock: Clock;
  readonly settings: ReportSettings;
  readonly rowFiles: Omit<RowFilesOptions, 'folder'>;
  readonly topics: { readonly report?: string };
  readonly log?: typeof standardLog;
}

const DAY_MS = 86_400_000;

/** @throws {InputError} the day is not over */
export async function report(command: ReportCommand, ports: ReportPorts): Promise<Outcome> {
  const startedAt = ports.clock.now();
  const window = windowOf(command, ports);
  const { composed, surveyed } = await compose(command, window, ports);
  const names = await writeReport(composed, surveyed, ports);
  await archive(composed, { surveyed, names, window }, ports);
  const runMs = ports.clock.now() - startedAt;
  await announce(composed, { names, runMs }, ports);
  const { totals, reconciliation, findings } = composed;
  const { balanced } = reconciliation;
  return {
    outcome: 'reported',
    ...command,
    ...totals,
    balanced,
    findings: findings.length,
    folder: folderOf(command),
    runMs,
  };
}

function windowOf({ tenant, day }: ReportCommand, ports: ReportPorts): DayWindow {
  const timeZone = zoneOf(ports, tenant);
  const window = dayWindow(day, timeZone);
  if (window.toMs <= ports.clock.now()) return window;
  throw new InputError(`Expected a day that is over in ${timeZone} but received ${day}`);
}

/** Where a day's files lie in the report bucket. */
export function folderOf({ tenant, day }: ReportCommand): string {
  return `reports/${tenant}/${day}/`;
}

/** Bucket and database are counted while the rows are read: neither waits for the other. */
async function compose(
  { tenant, day }: ReportCommand,
  window: DayWindow,
  ports: ReportPorts,
): Promise<{ readonly composed: Report; readonly surveyed: Survey }> {
  const { settings } = ports;
  const files = new RowFiles(ports.files, { ...ports.rowFiles, folder: folderOf({ tenant, day }) });
  const survey = surveyDay({ tenant, window }, { records: ports.records, files });
  const rows = survey.then(({ summary: { statuses, moved } }) => ({ ...statuses, moved }));
  const [surveyed, reconciliation, history] = await Promise.all([
    survey,
    reconcileDay({ tenant, window, rows }, ports),
    ports.archive.summaries(tenant, historyDays(day)),
  ]);
  const { summary } = surveyed;
  const composed = composeReport({ tenant, window, summary, history, reconciliation, settings });
  return { composed, surveyed };
}

/** @returns the names of all files of the day, below its folder */
async function writeReport(
  composed: Report,
  surveyed: Survey,
  ports: ReportPorts,
): Promise<readonly string[]> {
  const rowFiles = surveyed.files.map(({ name }) => name);
  const picks = await picksOf(surveyed.picks, ports);
  const page = renderPage({ report: composed, picks, files: [...rowFiles, 'report.json'] });
  const json = `${JSON.stringify(composed, null, 2)}\n`;
  await writeFile('report.json', 'application/json', json);
  await writeFile('report.html', 'text/html; charset=utf-8', page);
  return [...rowFiles, 'report.html', 'report.json'];

  async function writeFile(name: string, contentType: string, text: string): Promise<void> {
    const sink = ports.files.create(`${folderOf(composed)}${name}`, contentType);
    await sink.write(text);
    await sink.close();
  }
}

async function archive(
  composed: Report,
  { surveyed, names, window }: { surveyed: Survey; names: readonly string[]; window: DayWindow },
  ports: ReportPorts,
): Promise<void> {
  const { tenant, day } = composed;
  const files = filesOf(composed, names);
  // A category that nobody has any more, since a correction or an erasure, leaves no pick list behind.
  const before = (await ports.archive.find(tenant, day))?.files ?? [];
  for (const name of before.filter((each) => !files.includes(each))) await ports.files.remove(name);
  const expireAt = window.toMs + ports.settings.retention.records * DAY_MS;
  await ports.archive.save(tenant, { report: composed, summary: surveyed.summary, files, expireAt });
}

function filesOf(composed: Report, names: readonly string[]): readonly string[] {
  return names.map((name) => `${folderOf(composed)}${name}`);
}

/** Neither programs nor people wait for the other. Who could not be told is told by the next run: the day stays due. */
async function announce(
  composed: Report,
  { names, runMs }: { readonly names: readonly string[]; readonly runMs: number },
  ports: ReportPorts,
): Promise<void> {
  const told = await Promise.allSettled([
    publish(composed, filesOf(composed, names), ports),
    tellOf(composed, runMs, ports),
  ]);
  for (const result of told) if (result.status === 'rejected') throw result.reason;
  await ports.archive.markAnnounced(composed.tenant, composed.day);
}

async function publish(composed: Report, files: readonly string[], ports: ReportPorts): Promise<void> {
  const { tenant, day, totals, findings } = composed;
  if (ports.topics.report === undefined) return;
  await ports.publisher.publish(ports.topics.report, { data: { tenant, day, totals, findings, files } });
}

/** Of the latest day only: an old day that is reported again raises nothing and resolves nothing. */
async function tellOf(composed: Report, runMs: number, ports: ReportPorts): Promise<void> {
  const { tenant, day, timeZone, findings } = composed;
  if (day !== addDays(civilTime(ports.clock.now(), timeZone).day, -1)) return;
  const slow = slowRun('slow-report', runMs);
  const observed = REPORT_CONDITIONS.map((condition) => ({
    condition,
    finding: findings.find((found) => found.condition === condition),
  }));
  await sendAlerts(tenant, [...observed, { condition: 'slow-report', finding: slow }], ports.alerts);
}
