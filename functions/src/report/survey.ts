/** The pass over a day's records: every row is read once, counted and written to the files, and not kept. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { DayRow } from '@hangtag/shared/domain/report/day-row.js';
import { DayCounter, type DaySummary } from '@hangtag/shared/domain/report/day-summary.js';
import type { DayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { ReviewPicks } from '@hangtag/shared/domain/report/review-picks.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { RowFile, RowFiles } from './row-files.js';

/** Thumbnails on a page. */
const MAX_PICKS = 24;

export interface Survey {
  readonly summary: DaySummary;
  readonly picks: readonly DayRow[];
  readonly files: readonly RowFile[];
}

interface SurveyPorts {
  readonly records: DayRecords;
  readonly files: RowFiles;
  readonly signal?: AbortSignal;
}

/** @throws the reason of the signal, if it fires; the files stay as they were */
export async function surveyDay(
  { tenant, window }: { readonly tenant: TenantId; readonly window: DayWindow },
  { records, files, signal }: SurveyPorts,
): Promise<Survey> {
  const counter = new DayCounter(window);
  const picks = new ReviewPicks(MAX_PICKS);
  try {
    for await (const row of records.rows(tenant, window)) {
      signal?.throwIfAborted();
      counter.addImage(row);
      picks.add(row);
      await files.add(row);
    }
    for await (const row of records.corrections(tenant, window)) counter.addCorrection(row);
    return { summary: counter.summary(), picks: picks.rows(), files: await files.close() };
  } catch (error) {
    files.abort();
    throw error;
  }
}
