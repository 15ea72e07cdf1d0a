import { runCommand } from '@hangtag/emulators/command-line.js';
import { flag, text, withDefault } from '@hangtag/emulators/command-options.js';
import type { Found } from '@hangtag/functions/erase/find-owned.js';
import { erase } from '@hangtag/functions/erase/handler.js';
import { DEFAULT_TENANT, parseTenantId } from '@hangtag/shared/domain/identity.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { openTarget, TARGET_OPTIONS, TENANT } from './target.js';

const COMMAND = {
  name: 'npm run erase',
  what: 'Removes the objects, records and report rows of one owner, and the name of this person from what they judged and changed.',
  options: {
    owner: text('OWNER', 'whose data is removed'),
    tenant: withDefault(TENANT, DEFAULT_TENANT),
    'dry-run': flag('name everything that would be removed, and change nothing'),
    ...TARGET_OPTIONS,
  },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  const { owner, tenant } = options;
  if (owner === undefined) throw new UsageError('Expected --owner OWNER but received none');
  await using app = await openTarget(options);
  const mode = options['dry-run'] ? 'dry-run' : 'erase';
  const found: object[] = [];
  const watcher = { onFound: ({ kind, name, day }: Found) => found.push({ kind, name, day }) };
  const outcome = await erase(
    { tenant: parseTenantId(tenant), owner, mode },
    { ...(await app.erase()), watcher },
  );
  console.log(JSON.stringify({ ...outcome, found }, null, 2));
  return undefined;
});
