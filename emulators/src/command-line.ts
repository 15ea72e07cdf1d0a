import { failureOf } from '@hangtag/shared/errors.js';
import { describePathError } from '@hangtag/shared/system-error.js';
import { type CommandSpec, type Options, type Parsed, parseOptions, usageOf } from './command-options.js';
import { bypassProxyOnLoopback } from './proxy-variables.js';

/** Exit codes of a command. `unfinished`: it did not do everything. */
export const EXIT = { done: 0, unfinished: 1, misused: 2 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/**
 * Runs a command line. A failure is one message on standard error and an exit code: 2 if the command line was wrong,
 * otherwise 1.
 *
 * @param run returns the exit code; undefined means 0
 */
export async function runCommand<O extends Options>(
  command: CommandSpec<O>,
  run: (parsed: Parsed<O>) => Promise<ExitStatus | undefined>,
): Promise<void> {
  bypassProxyOnLoopback(process.env);
  // Otherwise Google's clients search for a metadata server for seconds and print a warning.
  process.env['METADATA_SERVER_DETECTION'] ??= 'none';
  const args = process.argv.slice(2);
  try {
    if (args.includes('--help')) console.log(usageOf(command));
    else process.exitCode = (await run(parseOptions(args, command, process.env))) ?? EXIT.done;
  } catch (error) {
    const { kind, message } = failureOf(error);
    console.error(describePathError(error) ?? message);
    process.exitCode = kind === 'usage' || kind === 'input' ? EXIT.misused : EXIT.unfinished;
  }
}
