/** The time that a report covers, and the folder of its files. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { civilTime, type Day, type DayWindow, dayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { type TimeZones, zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import { ROW_FILES } from './row-files.js';

export interface ReportCommand {
  readonly tenant: TenantId;
  readonly day: Day;
}

/**
 * A `day` is over: its report is archived and announced. A day `so-far` ends now: its report is neither archived nor announced, and
 * the next such report overwrites its folder. It has no pick lists, so that its file names are fixed: the function may
 * not list the report bucket.
 */
export interface Period {
  readonly kind: 'day' | 'so-far';
  readonly window: DayWindow;
  /** In the report bucket; ends in a slash. */
  readonly folder: string;
}

/** @throws {InputError} a day in the future */
export function periodOf(
  { tenant, day }: ReportCommand,
  ports: TimeZones & { readonly clock: Clock },
): Period {
  const timeZone = zoneOf(ports, tenant);
  const window = dayWindow(day, timeZone);
  const nowMs = ports.clock.now();
  if (window.toMs <= nowMs) return { kind: 'day', window, folder: folderOf({ tenant, day }) };
  if (day === civilTime(nowMs, timeZone).day) {
    return { kind: 'so-far', window: { ...window, toMs: nowMs }, folder: soFarFolderOf(tenant) };
  }
  throw new InputError(`Expected a day of the past or today in ${timeZone} but received ${day}`);
}

/** Folder of the report of a day that is over. */
export function folderOf({ tenant, day }: ReportCommand): string {
  return `reports/${tenant}/${day}/`;
}

/** Folder of the report of today so far. */
export function soFarFolderOf(tenant: TenantId): string {
  return `reports/${tenant}/today/`;
}

/** Every file that a report of today so far can have. */
export function soFarFilesOf(tenant: TenantId): readonly string[] {
  return [...ROW_FILES, 'report.html', 'report.json'].map((name) => `${soFarFolderOf(tenant)}${name}`);
}
