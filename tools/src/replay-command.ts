/**
 * Replays parked images from a terminal: works on the local stack where one runs, else on the project of the
 * environment.
 *
 *     npm run replay -- [--bucket B] [--prefix P] [--dry-run]
 */
import { parseArgs } from 'node:util';
import { type ReplayRequest, replay } from '@hangtag/functions/replay/handler.js';
import { withStackEnvironment } from './stack-environment.js';

const EXIT = { done: 0, unfinished: 1, misused: 2 } as const;

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  if (!isUsage(error)) throw error;
  console.error(error.message);
  return EXIT.misused;
});

async function main(args: string[]): Promise<number> {
  Object.assign(process.env, withStackEnvironment(process.env));
  const request = requestOf(args, process.env['HANGTAG_BUCKET'] ?? 'hangtag-images');
  // Loaded now: the clients read the environment when they are made.
  const { replayPorts } = await import('@hangtag/functions/composition.js');
  const { parked, replayed, settled, failures } = await replay(request, await replayPorts());
  for (const { name, error } of failures) console.error(`Could not replay ${JSON.stringify(name)}: ${error}`);
  console.log(`${request.bucket}: ${parked} parked, ${replayed} replayed, ${settled} settled meanwhile.`);
  return failures.length === 0 ? EXIT.done : EXIT.unfinished;
}

function requestOf(args: string[], defaultBucket: string): ReplayRequest {
  const { values } = parseArgs({
    args,
    options: {
      bucket: { type: 'string', default: defaultBucket },
      prefix: { type: 'string', default: '' },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const { bucket, prefix, 'dry-run': isDry } = values;
  return { bucket, prefix, mode: isDry ? 'dry-run' : 'replay' };
}

/** parseArgs says what is wrong with the options in words. */
function isUsage(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
