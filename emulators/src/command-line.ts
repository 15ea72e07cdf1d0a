/** The command was called wrongly: what it takes is shown. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

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
    const isUsage = error instanceof UsageError || isParseArgsError(error);
    console.error(error instanceof Error ? error.message : error);
    if (isUsage) console.error(`\n${usage}`);
    process.exitCode = isUsage ? EXIT.misused : EXIT.unfinished;
  }
}

function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
