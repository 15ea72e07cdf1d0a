/** One JSON line per outcome, with the fields of Cloud Logging: https://cloud.google.com/logging/docs/structured-logging */
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

/** Writes to standard output, from which Cloud Run collects logs. */
export const standardLog = createLog(pino.destination(1));

/** The log field `logging.googleapis.com/trace` from a W3C `traceparent`: it groups all lines of one upload. */
export function traceField(traceparent: string | undefined, project: string | undefined): object {
  const traceId = traceparent?.split('-')[1];
  return traceId === undefined || project === undefined
    ? {}
    : { 'logging.googleapis.com/trace': `projects/${project}/traces/${traceId}` };
}
