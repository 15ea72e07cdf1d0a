import { runCommand } from '@hangtag/emulators/command-line.js';
import { ruledText } from '@hangtag/emulators/command-options.js';
import { assertHasRecords, reportCommand } from '@hangtag/functions/report/command.js';
import { report } from '@hangtag/functions/report/handler.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { openTarget, TARGET_OPTIONS, TENANT } from './target.js';

const COMMAND = {
  name: 'npm run report',
  what: "Makes one day's report, or makes it again.",
  options: {
    day: ruledText('YYYY-MM-DD', 'the day (yesterday); `today` for today so far', {
      expected: 'YYYY-MM-DD or today',
      accepts: (given) => given === 'today' || isDay(given),
    }),
    tenant: TENANT,
    ...TARGET_OPTIONS,
  },
} as const;

await runCommand(COMMAND, async ({ options: { day, tenant, ...target } }) => {
  await using app = await openTarget(target);
  const ports = await app.report();
  const command = reportCommand({ day, tenant }, ports);
  await assertHasRecords(command, ports.records);
  const outcome = await report(command, ports);
  console.log(JSON.stringify(outcome, null, 2));
  console.log(`Read it at ${addressOf(String(outcome['folder']))}report.html`);
  if (day === undefined && outcome['received'] === 0) {
    console.log(`No image was uploaded on ${command.day}. For today so far: npm run report -- --day today`);
  }
  return undefined;
});

function isDay(given: string): boolean {
  try {
    return parseDay(given) === given;
  } catch {
    return false;
  }
}

/** The local bucket server answers a browser at BUCKET/NAME. */
function addressOf(folder: string): string {
  const { HANGTAG_BUCKET, HANGTAG_REPORT_BUCKET } = parseConfig(process.env);
  const bucket = HANGTAG_REPORT_BUCKET ?? HANGTAG_BUCKET;
  const local = process.env['STORAGE_EMULATOR_HOST'];
  return `${local === undefined ? 'gs:/' : local}/${bucket}/${folder}`;
}
