import { traceAttributes } from '@hangtag/shared/log.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';

/** Adds the trace of a request to the messages that it causes: the log lines of both then have the same trace. */
export function tracedPublisher(publisher: Publisher, traceparent: string | undefined): Publisher {
  const attributes = traceAttributes(traceparent);
  return { publish: (topic, message) => publisher.publish(topic, { ...message, ...attributes }) };
}
