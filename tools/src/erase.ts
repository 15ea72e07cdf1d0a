import { parseArgs } from 'node:util';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { erase } from '@hangtag/functions/erase/handler.js';
import { DEFAULT_TENANT, isTenantId } from '@hangtag/shared/domain/identity.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { withStackEnvironment } from './stack-environment.js';

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
  Object.assign(process.env, withStackEnvironment(process.env));
  // Loaded now: the clients read the environment when they are made.
  const { erasePorts } = await import('@hangtag/functions/composition.js');
  const mode = values['dry-run'] ? 'dry-run' : 'erase';
  console.log(JSON.stringify(await erase({ tenant, owner, mode }, await erasePorts()), null, 2));
});
