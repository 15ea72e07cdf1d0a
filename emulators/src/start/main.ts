/** `npm start`: a stack, pictures dropped into it, and a table of what becomes of them. */

import { UsageError } from '@hangtag/shared/errors.js';
import { parseStartOptions, USAGE } from './options.js';
import { run } from './run.js';

// Google's clients otherwise look for a metadata server, for seconds, and warn that there is none.
process.env['METADATA_SERVER_DETECTION'] ??= 'none';

try {
  const options = parseStartOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else process.exitCode = await run(options);
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
