import { failureOf } from '@hangtag/shared/errors.js';
import { describePathError } from '@hangtag/shared/system-error.js';
import { type CommandSpec, type Options, type Parsed, parseOptions, usageOf } from './command-options.js';
import { bypassProxyOnLoopback } from './proxy-variables.js';

/** Exit codes of a command. `unfinished`: it did not do everything. */
export const EXIT = { done: 0, unfinished: 1, misused: 2 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/**
 * Runs a command line. A failure is one message on standard error and an exit code: 2 if the command line was wrong,
 * otherwise 1. The message of a wrong use ends with what to type.
 *
 * @param run returns the exit code; undefined means 0
 */
export async function runCommand<O extends Options>(
  command: CommandSpec<O>,
  run: (parsed: Parsed<O>) => Promise<ExitStatus | undefined>,
): Promise<void> {
  for (const output of [process.stdout, process.stderr]) output.on('error', ignoreClosedReader);
  bypassProxyOnLoopback(process.env);
  // Otherwise Google's clients search for a metadata server for seconds and print a warning.
  process.env['METADATA_SERVER_DETECTION'] ??= 'none';
  const args = process.argv.slice(2);
  try {
    if (args.includes('--help')) console.log(usageOf(command));
    else process.exitCode = (await run(parseOptions(args, command, process.env))) ?? EXIT.done;
  } catch (error) {
    const { kind, message } = failureOf(error);
    const isMisuse = kind === 'usage' || kind === 'input';
    const advice = isMisuse && !message.includes('Type: ') ? `. Type: ${command.name} -- --help` : '';
    console.error(describePathError(error) ?? `${message}${advice}`);
    process.exitCode = isMisuse ? EXIT.misused : EXIT.unfinished;
  }
}

/** A command finishes its work when the reader of its output ends, as in `npm run drop -- photos/ | head`. */
function ignoreClosedReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
