import { parseArgs } from 'node:util';
import { reportCommand } from '@hangtag/functions/report/command.js';
import { report } from '@hangtag/functions/report/handler.js';
import { runCommand } from './command.js';
import { withStackEnvironment } from './stack-environment.js';

const USAGE = `Usage: npm run report -- [--day YYYY-MM-DD] [--tenant ID]

Makes one day's report, or makes it again. Without a day: yesterday's.`;

await runCommand(USAGE, async () => {
  const { values } = parseArgs({ options: { day: { type: 'string' }, tenant: { type: 'string' } } });
  Object.assign(process.env, withStackEnvironment(process.env));
  // Loaded now: the clients read the environment when they are made.
  const { reportPorts } = await import('@hangtag/functions/composition.js');
  const ports = await reportPorts();
  const command = reportCommand({ ...values }, ports);
  console.log(JSON.stringify(await report(command, ports), null, 2));
});
