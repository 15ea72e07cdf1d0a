/** One JSON line per outcome, in the fields that Cloud Logging reads: https://cloud.google.com/logging/docs/structured-logging */
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };

const SEVERITY: Readonly<Record<string, string>> = {
  trace: 'DEBUG',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARNING',
  error: 'ERROR',
  fatal: 'CRITICAL',
};

export function createLog(destination: DestinationStream): Logger {
  const formatters = { level: (label: string) => ({ severity: SEVERITY[label] }) };
  return pino({ base: null, messageKey: 'message', formatters }, destination);
}

/** To standard output, where Cloud Run looks. */
export const standardLog = createLog(pino.destination(1));

/** `logging.googleapis.com/trace` of a W3C `traceparent`, so that one upload's lines are found together. */
export function traceField(traceparent: string | undefined, project: string | undefined): object {
  const traceId = traceparent?.split('-')[1];
  return traceId === undefined || project === undefined
    ? {}
    : { 'logging.googleapis.com/trace': `projects/${project}/traces/${traceId}` };
}
