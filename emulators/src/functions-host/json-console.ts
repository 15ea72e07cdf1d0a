import { writeSync } from 'node:fs';
import { format } from 'node:util';

const STANDARD_OUTPUT = 1;
const SEVERITIES = { debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const;

/**
 * functions-framework reports an exception of a handler with `console.error`, on several lines. Cloud Logging makes one entry
 * of it. Here the log is a file, with one JSON line for each entry, in the same form.
 */
export function writeConsoleAsJson(): void {
  for (const [method, severity] of Object.entries(SEVERITIES)) {
    console[method as keyof typeof SEVERITIES] = (...values: unknown[]) => {
      try {
        writeSync(STANDARD_OUTPUT, `${JSON.stringify({ severity, message: format(...values) })}\n`);
      } catch {
        // A full disk. As with the console of Node, the line is lost and the process goes on.
      }
    };
  }
}
