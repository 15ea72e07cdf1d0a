import { failureOf } from '@hangtag/shared/errors.js';

/** Statuses that a command ends with: `unfinished` where it ran and something is left to do. */
export const EXIT = { done: 0, unfinished: 1, misused: 2 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/**
 * Runs a command line. A failure is one message on standard error and a status, 2 for wrong usage and 1 otherwise.
 *
 * @param command returns the status to end with; nothing, where all is done
 */
export async function runCommand(
  usage: string,
  command: () => Promise<ExitStatus | undefined>,
): Promise<void> {
  try {
    if (process.argv.includes('--help')) {
      console.log(usage);
      return;
    }
    process.exitCode = (await command()) ?? EXIT.done;
  } catch (error) {
    const isMisuse = isMisuseOf(error);
    console.error(error instanceof Error ? error.message : error);
    if (isMisuse) console.error(`\n${usage}`);
    process.exitCode = isMisuse ? EXIT.misused : EXIT.unfinished;
  }
}

/** Whether the words of the command line are at fault. */
function isMisuseOf(error: unknown): boolean {
  if (isParseArgsError(error)) return true;
  const { kind } = failureOf(error);
  return kind === 'usage' || kind === 'input';
}

function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
