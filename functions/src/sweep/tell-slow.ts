/** Tells people of a sweep that takes longer than a quarter of an hour, and of the next one that does not. */
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { slowRun } from '@hangtag/shared/domain/report/findings.js';
import { standardLog } from '@hangtag/shared/log.js';
import { type AlertPorts, tellPeople } from '../alerts/tell-people.js';
import type { SweepOutcome } from './handler.js';

/** Counted from the sweep's beginning, over all its runs; one that a person paused or gave up says nothing. */
export async function tellSlow(result: SweepOutcome | undefined, ports: AlertPorts): Promise<void> {
  if (result === undefined || result.outcome === 'refused' || result.outcome === 'lost-lease') return;
  const { startedAt, finishedAt, status } = result.state;
  if (status === 'paused' || status === 'aborted') return;
  const found = slowRun('slow-sweep', (finishedAt ?? ports.clock.now()) - startedAt);
  // Unfinished and not slow yet says nothing.
  if (found === undefined && status !== 'done') return;
  const observation = { condition: 'slow-sweep', finding: found } as const;
  await tellPeople(DEFAULT_TENANT, [observation], ports).catch((error: unknown) =>
    (ports.log ?? standardLog).error({ function: 'sweep', outcome: 'untold', err: error }),
  );
}
