/** The pass over a day's records: every row is read once, counted and written to the files, and not kept. */
import { isErased } from '@hangtag/shared/domain/erasure.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { DayRow } from '@hangtag/shared/domain/report/day-row.js';
import { DayCounter, type DaySummary } from '@hangtag/shared/domain/report/day-summary.js';
import { type DayTrial, DayTrials } from '@hangtag/shared/domain/report/day-trials.js';
import type { DayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { ReviewPicks } from '@hangtag/shared/domain/report/review-picks.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { RowFile, RowFiles } from './row-files.js';

/** The same images give the same interval. */
const SEED = 1;
/** Thumbnails on a page. */
const MAX_PICKS = 24;

export interface Survey {
  readonly summary: DaySummary;
  /** With names of images. */
  readonly trials: readonly DayTrial[];
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
  const trials = new DayTrials();
  try {
    for await (const row of records.rows(tenant, window)) {
      signal?.throwIfAborted();
      counter.addImage(row);
      picks.add(row);
      if (!isErased(row)) trials.addImage(row);
      await files.add(row);
    }
    for await (const row of records.corrections(tenant, window)) {
      counter.addCorrection(row);
      trials.addCorrection(row);
    }
    return {
      summary: counter.summary(),
      trials: trials.figures(mulberry32(SEED)),
      picks: picks.rows(),
      files: await files.close(),
    };
  } catch (error) {
    files.abort();
    throw error;
  }
}
