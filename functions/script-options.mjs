/** The options of a script that runs before the code of the command lines is compiled. */
import { parseArgs } from 'node:util';

/**
 * Ends the process if `--help` is given, which prints the usage, or if the arguments are wrong: exit code 2.
 *
 * @param usage its first line is what to type
 * @param config of parseArgs
 * @returns the values and the positionals
 */
export function scriptOptions(usage, config) {
  if (process.argv.includes('--help')) {
    console.log(usage);
    process.exit();
  }
  try {
    return parseArgs(config);
  } catch (error) {
    console.error(`${error.message.split('. ')[0]}. ${usage.split('\n')[0]}`);
    process.exit(2);
  }
}
