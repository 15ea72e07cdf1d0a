import { AsyncLocalStorage } from 'node:async_hooks';
import { isTraceparent, type Logger } from '@hangtag/shared/log.js';
import {
  type Context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { NewSpan, Tracer } from './tracer.js';

/** An event waits for its spans to be sent. A collector that does not answer must not delay it for long. */
const SEND_TIMEOUT_MS = 1_000;
/** An image has some ten spans. */
const MAX_WAITING_SPANS = 20_000;

export interface Destination {
  /** Base address of an OTLP collector: spans are posted to `/v1/traces`. */
  readonly endpoint: string;
  /** Share of the traces that are recorded, 0 to 1. It depends on the trace only, so all functions decide alike. */
  readonly share: number;
  readonly log: Logger;
}

export function openTracer({ endpoint, share, log }: Destination): Tracer {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: SEND_TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'hangtag' }),
    sampler: new TraceIdRatioBasedSampler(share),
    spanProcessors: [new BatchSpanProcessor(exporter, { maxQueueSize: MAX_WAITING_SPANS })],
  });
  const tracer = provider.getTracer('hangtag');
  // Nothing is registered globally: Google's clients would add spans of their own.
  const current = new AsyncLocalStorage<Span>();

  const contextOf = (parent: string | undefined): Context => {
    const span = isTraceparent(parent) ? trace.wrapSpanContext(spanContextOf(parent)) : current.getStore();
    return span === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, span);
  };

  return {
    inSpan<T>({ name, parent }: NewSpan, work: () => T): T {
      const span = tracer.startSpan(name, {}, contextOf(parent));
      return current.run(span, () => endingWith(span, work));
    },
    addPart(name, startMs, endMs) {
      tracer.startSpan(name, { startTime: startMs }, contextOf(undefined)).end(endMs);
    },
    current() {
      const { traceId, spanId, traceFlags } = current.getStore()?.spanContext() ?? INVALID_SPAN_CONTEXT;
      return `00-${traceId}-${spanId}-0${traceFlags}`;
    },
    flush: () =>
      provider
        .forceFlush()
        .catch((err: unknown) => log.warn({ function: 'traces', outcome: 'not-sent', err })),
  };
}

function spanContextOf(traceparent: string) {
  const [, traceId = '', spanId = '', flags = ''] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

function endingWith<T>(span: Span, work: () => T): T {
  const fail = (error: unknown): never => {
    span.recordException(error instanceof Error ? error : String(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    throw error;
  };
  let result: T;
  try {
    result = work();
  } catch (error) {
    return fail(error);
  }
  if (!(result instanceof Promise)) {
    span.end();
    return result;
  }
  const ended = result.then((value) => {
    span.end();
    return value;
  }, fail);
  return ended as T;
}
