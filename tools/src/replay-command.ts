import { EXIT, runCommand } from '@hangtag/emulators/command-line.js';
import { flag, text, withDefault } from '@hangtag/emulators/command-options.js';
import { hasRecords, type ReplayRequest, replay } from '@hangtag/functions/replay/handler.js';
import { InputError } from '@hangtag/shared/errors.js';
import { BUCKET, openTarget, TARGET_OPTIONS } from './target.js';

const COMMAND = {
  name: 'npm run replay',
  what: `Sends parked images to classify once more, after their fault was corrected.
Exit code 0: all were sent. 1: something is left. 2: wrong usage.`,
  options: {
    bucket: BUCKET,
    prefix: withDefault(text('P', 'only names that begin with P'), ''),
    'dry-run': flag('say how many there are, and send none'),
    ...TARGET_OPTIONS,
  },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  await using app = await openTarget(options);
  const request: ReplayRequest = {
    bucket: options.bucket ?? process.env['HANGTAG_BUCKET'] ?? 'hangtag-images',
    prefix: options.prefix,
    mode: options['dry-run'] ? 'dry-run' : 'replay',
  };
  const ports = await app.replay();
  const isNamed = options.bucket !== undefined || options.prefix !== '';
  if (isNamed && !(await hasRecords(request, ports)))
    throw new InputError(`Expected records of ${request.bucket}/${request.prefix} but found none`);
  const { parked, replayed, unchanged, failures } = await replay(request, ports);
  for (const { name, error } of failures) console.error(`Could not replay ${JSON.stringify(name)}: ${error}`);
  console.log(
    `${request.bucket}: ${parked} parked, ${replayed} replayed, ${unchanged} changed by others meanwhile.`,
  );
  return failures.length === 0 ? EXIT.done : EXIT.unfinished;
});
