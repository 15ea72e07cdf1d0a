/** The command was called wrongly: what it takes is shown. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs a command line: a failure is one message on standard error and a status, 2 for wrong usage and 1 otherwise. */
export async function runCommand(usage: string, command: () => Promise<void>): Promise<void> {
  try {
    if (process.argv.includes('--help')) {
      console.log(usage);
      return;
    }
    await command();
  } catch (error) {
    const isUsage = error instanceof UsageError || isParseArgsError(error);
    console.error(error instanceof Error ? error.message : error);
    if (isUsage) console.error(`\n${usage}`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
