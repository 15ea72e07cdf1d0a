import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { slowRun } from '@hangtag/shared/domain/report/findings.js';
import { standardLog } from '@hangtag/shared/log.js';
import { type AlertPorts, sendAlerts } from '../alerts/send-alerts.js';
import type { SweepOutcome } from './handler.js';

/**
 * Sends an alert when a sweep takes more than a quarter of an hour, from its beginning over all its runs, and another when
 * the next one does not. A sweep that was paused or aborted by request sends none. A failure is logged.
 */
export async function sendSlowSweepAlert(result: SweepOutcome | undefined, ports: AlertPorts): Promise<void> {
  if (result === undefined || result.outcome === 'refused' || result.outcome === 'lost-lease') return;
  const { startedAt, finishedAt, status } = result.state;
  if (status === 'paused' || status === 'aborted') return;
  const found = slowRun('slow-sweep', (finishedAt ?? ports.clock.now()) - startedAt);
  // Unfinished and not slow yet: nothing is known.
  if (found === undefined && status !== 'done') return;
  const observation = { condition: 'slow-sweep', finding: found } as const;
  await sendAlerts(DEFAULT_TENANT, [observation], ports).catch((error: unknown) =>
    (ports.log ?? standardLog).error({ function: 'sweep', outcome: 'alert-not-sent', err: error }),
  );
}
