import { format } from 'node:util';

const SEVERITIES = { debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const;

/**
 * functions-framework reports an exception of a handler with `console.error`, on several lines. Cloud Logging makes one entry
 * of it. Here the log is a file, with one JSON line for each entry, in the same form.
 */
export function writeConsoleAsJson(): void {
  for (const [method, severity] of Object.entries(SEVERITIES)) {
    console[method as keyof typeof SEVERITIES] = (...values: unknown[]) => {
      process.stdout.write(`${JSON.stringify({ severity, message: format(...values) })}\n`);
    };
  }
}
