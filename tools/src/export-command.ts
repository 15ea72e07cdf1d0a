import { runCommand } from '@hangtag/emulators/command-line.js';
import { withDefault } from '@hangtag/emulators/command-options.js';
import { DEFAULT_TENANT, parseTenantId } from '@hangtag/shared/domain/identity.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { exportJudgements } from './export/judgements.js';
import { openTarget, TARGET_OPTIONS, TENANT } from './target.js';

const COMMAND = {
  name: 'npm run export',
  what: `Writes what people judged into a new folder.
  judgements DIR   pictures in one folder for each label, as npm run learn -- --from DIR takes them, and judgements.csv`,
  options: { tenant: withDefault(TENANT, DEFAULT_TENANT), ...TARGET_OPTIONS },
  words: { value: 'judgements DIR', min: 2, max: 2 },
} as const;

await runCommand(COMMAND, async ({ options, words: [what, dir = ''] }) => {
  if (what !== 'judgements') throw new UsageError(`Expected "judgements" but received "${what}"`);
  await using app = await openTarget(options);
  const request = { tenant: parseTenantId(options.tenant), dir, nowMs: systemClock.now() };
  const { written, overwritten, missing } = await exportJudgements(request, await app.learn());
  console.log(`${written} judged images are in ${dir}.`);
  if (overwritten > 0) console.log(`${overwritten} were overwritten since, and are left out.`);
  if (missing > 0) console.log(`${missing} are not in the bucket, and are left out.`);
  return undefined;
});
