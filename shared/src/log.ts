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

const STANDARD_OUTPUT = 1;

/** Writes to standard output, from which Cloud Run collects logs. */
export const standardLog = createLog(lossyDestination(STANDARD_OUTPUT));

/** Without the lines that cannot be written: on a full disk, pino's destination ends the process, or waits for ever at its end. */
function lossyDestination(fd: number): DestinationStream {
  let current: ReturnType<typeof pino.destination> | undefined;
  const open = () => {
    const opened = pino.destination(fd);
    opened.on('error', () => {
      opened.destroy();
      if (current === opened) current = undefined;
    });
    return opened;
  };
  return {
    write(line) {
      current ??= open();
      current.write(line);
    },
  };
}

/** The log field `logging.googleapis.com/trace` from a W3C `traceparent`: it groups all lines of one upload. */
export function traceField(traceparent: string | undefined, project: string | undefined): object {
  const id = traceIdOf(traceparent);
  if (id === undefined || project === undefined) return {};
  return { 'logging.googleapis.com/trace': `projects/${project}/traces/${id}` };
}

/** @returns undefined if the text is no `traceparent` */
export function traceIdOf(text: string | undefined): string | undefined {
  return isTraceparent(text) ? text.split('-')[1] : undefined;
}

const TRACEPARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** https://www.w3.org/TR/trace-context/#traceparent-header */
export function isTraceparent(text: unknown): text is string {
  return typeof text === 'string' && TRACEPARENT.test(text);
}

/** The attributes with which a message carries the trace of its cause; none if there is no trace. */
export function traceAttributes(traceparent: string | undefined) {
  return isTraceparent(traceparent) && { attributes: { traceparent } };
}
