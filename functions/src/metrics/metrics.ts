/** Counts and times of calls for Prometheus, with the trace of a slow call as an exemplar. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  Counter,
  collectDefaultMetrics,
  Histogram,
  type OpenMetricsContentType,
  Registry,
} from 'prom-client';

export interface Call {
  readonly function: string;
  /** As in the log line. */
  readonly outcome: string;
  readonly seconds: number;
  /** Of its trace, if it has one. */
  readonly traceId?: string | undefined;
}

export interface Metrics {
  count(call: Call): void;
  close(): void;
}

/** Upper bounds in seconds: a warm image takes some 20 ms, a cold start some seconds; the time limit of events is 60 s. */
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** Node sends no body in the answer to HEAD. */
const METHODS = ['GET', 'HEAD'];

/**
 * Serves GET /metrics on a port of its own, which is not public: https://prometheus.io/docs/specs/om/open_metrics_spec/
 *
 * @throws Error the port is taken
 */
export async function serveMetrics(port: number): Promise<Metrics> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  collectDefaultMetrics({ register: registry });
  const calls = new Counter({
    name: 'hangtag_calls_total',
    help: 'Calls of a function, by outcome',
    labelNames: ['function', 'outcome'],
    registers: [registry],
  });
  // The type has the labels of exemplars too.
  const seconds = new Histogram<'function' | 'trace_id'>({
    name: 'hangtag_call_seconds',
    help: 'Duration of the calls of a function',
    labelNames: ['function'],
    buckets: BUCKETS,
    enableExemplars: true,
    registers: [registry],
  });
  const server = await listen(registry, port);
  return {
    count({ function: name, outcome, seconds: value, traceId }) {
      calls.inc({ function: name, outcome });
      const exemplarLabels = traceId === undefined ? {} : { trace_id: traceId };
      seconds.observe({ labels: { function: name }, value, exemplarLabels });
    },
    close: () => void server.close(),
  };
}

async function listen(registry: Registry<OpenMetricsContentType>, port: number): Promise<Server> {
  const server = createServer(async ({ method = '', url = '' }, response) => {
    if (url.split('?', 1)[0] !== '/metrics') return response.writeHead(404).end();
    if (!METHODS.includes(method)) return response.writeHead(405, { allow: METHODS.join(', ') }).end();
    return response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
  });
  server.listen(port);
  await once(server, 'listening');
  // The process may end while the port is open.
  server.unref();
  return server;
}
