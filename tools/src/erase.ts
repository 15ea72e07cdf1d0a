import { parseArgs } from 'node:util';
import { closeAdapters, erasePorts } from '@hangtag/functions/composition.js';
import { erase } from '@hangtag/functions/erase/handler.js';
import { DEFAULT_TENANT, isTenantId } from '@hangtag/shared/domain/identity.js';
import { runCommand, UsageError } from './command.js';
import { useStackEnvironment } from './stack-environment.js';

const USAGE = `Usage: npm run erase -- --owner OWNER [--tenant ID] [--dry-run]

Removes the objects, records and report rows of one owner. --dry-run says how many and changes nothing.`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({
    options: {
      owner: { type: 'string' },
      tenant: { type: 'string', default: DEFAULT_TENANT },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const { owner, tenant } = values;
  if (owner === undefined || owner === '') throw new UsageError('Expected --owner OWNER but received none');
  if (!isTenantId(tenant)) throw new UsageError(`Expected a tenant id but received "${tenant}"`);
  useStackEnvironment();
  const mode = values['dry-run'] ? 'dry-run' : 'erase';
  console.log(JSON.stringify(await erase({ tenant, owner, mode }, await erasePorts()), null, 2));
  await closeAdapters();
});
