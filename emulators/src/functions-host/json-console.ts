import { format } from 'node:util';

const SEVERITIES = { debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARNING', error: 'ERROR' } as const;

/**
 * functions-framework reports a handler that threw with `console.error`, over several lines. Cloud Logging makes
 * one entry of it; here the log is a file with one JSON line an entry, in the same form.
 */
export function writeConsoleAsJson(): void {
  for (const [method, severity] of Object.entries(SEVERITIES)) {
    console[method as keyof typeof SEVERITIES] = (...values: unknown[]) => {
      process.stdout.write(`${JSON.stringify({ severity, message: format(...values) })}\n`);
    };
  }
}
