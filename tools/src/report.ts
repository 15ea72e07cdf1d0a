import { parseArgs } from 'node:util';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { reportCommand } from '@hangtag/functions/report/command.js';
import { folderOf, type ReportCommand, report } from '@hangtag/functions/report/handler.js';
import { parseConfig } from '@hangtag/shared/config.js';
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
  console.log(`Read it at ${addressOf(command)}report.html`);
});

/** A bucket server answers a browser at BUCKET/NAME; Google's own is read by other tools. */
function addressOf(command: ReportCommand): string {
  const { HANGTAG_BUCKET, HANGTAG_REPORT_BUCKET } = parseConfig(process.env);
  const bucket = HANGTAG_REPORT_BUCKET ?? HANGTAG_BUCKET;
  const local = process.env['STORAGE_EMULATOR_HOST'];
  return `${local === undefined ? 'gs:/' : local}/${bucket}/${folderOf(command)}`;
}
