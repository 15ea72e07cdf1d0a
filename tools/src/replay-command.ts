/** Replays parked images from a terminal: works on the local stack where one runs, else on the project of the environment. */
import { parseArgs } from 'node:util';
import { EXIT, runCommand } from '@hangtag/emulators/command-line.js';
import { type ReplayRequest, replay } from '@hangtag/functions/replay/handler.js';
import { withStackEnvironment } from './stack-environment.js';

const USAGE = `Usage: npm run replay -- [--bucket B] [--prefix P] [--dry-run]

Sends parked images to classify once more, after what parked them was put right. --dry-run says how many.
Ends with 0 when all were sent, 1 when something is left, 2 when it was misused.`;

await runCommand(USAGE, async () => {
  Object.assign(process.env, withStackEnvironment(process.env));
  const request = requestOf(process.env['HANGTAG_BUCKET'] ?? 'hangtag-images');
  // Loaded now: the clients read the environment when they are made.
  const { replayPorts } = await import('@hangtag/functions/composition.js');
  const { parked, replayed, settled, failures } = await replay(request, await replayPorts());
  for (const { name, error } of failures) console.error(`Could not replay ${JSON.stringify(name)}: ${error}`);
  console.log(`${request.bucket}: ${parked} parked, ${replayed} replayed, ${settled} settled meanwhile.`);
  return failures.length === 0 ? EXIT.done : EXIT.unfinished;
});

function requestOf(defaultBucket: string): ReplayRequest {
  const { values } = parseArgs({
    options: {
      bucket: { type: 'string', default: defaultBucket },
      prefix: { type: 'string', default: '' },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const { bucket, prefix, 'dry-run': isDry } = values;
  return { bucket, prefix, mode: isDry ? 'dry-run' : 'replay' };
}
