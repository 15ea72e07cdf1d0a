/**
 * The middleware of every handler, in this order:
 *
 *     deadline → span → trace → input errors → metrics → log line → handler
 *
 * A middleware takes a function and returns a function that does something before or after it.
 */
import { failureOf, TransientError } from '@hangtag/shared/errors.js';
import { type Logger, traceField, traceIdOf } from '@hangtag/shared/log.js';
import type { Metrics } from '../metrics/metrics.js';
import type { Outcome } from '../records/outcome.js';
import type { OpenTracer } from '../tracing/tracer.js';

export interface Context {
  /** Of the function. */
  readonly name: string;
  readonly log: Logger;
  /** Of the trace, if there is one. */
  readonly traceId?: string | undefined;
  /** Fires shortly before the platform's time limit: unfinished work must stop then and leave a durable state. */
  readonly signal: AbortSignal;
}

/** The outcome is what the log line says; `undefined`: acknowledged without one. */
export type Work = (context: Context) => Promise<Outcome | undefined>;
export type Middleware = (next: Work) => Work;

/** The first one is the outermost. */
export function surround(work: Work, middleware: readonly Middleware[]): Work {
  return middleware.reduceRight((next, each) => each(next), work);
}

/** Time that is left to write a durable state once the signal has fired. */
const MARGIN_SECONDS = 5;

/** For work without a deadline. */
export const NO_DEADLINE: AbortSignal = new AbortController().signal;

/** The caller's own signal ends the work too. */
export function withDeadline(timeoutSeconds: number): Middleware {
  return (next) => async (context) => {
    const deadline = new AbortController();
    const fire = () =>
      deadline.abort(new TransientError(`Expected ${context.name} to end within ${timeoutSeconds} s`));
    const timer = setTimeout(fire, (timeoutSeconds - MARGIN_SECONDS) * 1_000);
    const { signal } = context;
    const pass = () => deadline.abort(signal.reason);
    // All calls without a signal share this one: their listeners would pile up on it.
    if (signal !== NO_DEADLINE) signal.addEventListener('abort', pass, { once: true });
    try {
      return await next({ ...context, signal: deadline.signal });
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', pass);
    }
  };
}

/** The whole call is a span of the trace of its cause. Spans are sent before the call is answered. */
export function withSpan(open: OpenTracer, parent: string | undefined): Middleware {
  return (next) => async (context) => {
    const tracer = await open();
    try {
      return await tracer.inSpan({ name: context.name, parent }, () =>
        withTrace(tracer.current(), process.env['GOOGLE_CLOUD_PROJECT'])(next)(context),
      );
    } finally {
      await tracer.flush();
    }
  };
}

/** All log lines of one upload have the same trace. */
export function withTrace(traceparent: string | undefined, project: string | undefined): Middleware {
  const traceId = traceIdOf(traceparent);
  if (traceId === undefined) return (next) => next;
  const field = traceField(traceparent, project);
  return (next) => (context) => next({ ...context, traceId, log: context.log.child(field) });
}

/** An input that cannot be read is acknowledged, because no delivery can succeed. After other errors it is delivered again. */
export const acknowledgeInputErrors: Middleware = (next) => async (context) => {
  try {
    return await next(context);
  } catch (error) {
    if (failureOf(error).kind === 'input') return undefined;
    throw error;
  }
};

/** Counts each call by the outcome that its log line has. */
export function countCalls(metrics: Metrics): Middleware {
  return (next) => async (context) => {
    const startedAt = performance.now();
    const count = (outcome: string) =>
      metrics.count({
        function: context.name,
        outcome,
        seconds: (performance.now() - startedAt) / 1_000,
        traceId: context.traceId,
      });
    try {
      const outcome = await next(context);
      count(outcome?.outcome ?? 'none');
      return outcome;
    } catch (error) {
      count(OUTCOME_OF[failureOf(error).kind]);
      throw error;
    }
  };
}

/** One line for each call: what was done, or how it failed. */
export const logOutcome: Middleware = (next) => async (context) => {
  const { name, log } = context;
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    const outcome = await next(context);
    log.info({ function: name, ...outcome, ms: elapsed() });
    return outcome;
  } catch (error) {
    const { kind } = failureOf(error);
    const level = kind === 'transient' ? 'warn' : 'error';
    log[level]({ function: name, outcome: OUTCOME_OF[kind], ms: elapsed(), err: error });
    throw error;
  }
};

/** `outcome` of the log line, by the kind of failure. Alerts and dashboards search for these words. */
const OUTCOME_OF = {
  image: 'rejected',
  input: 'malformed',
  transient: 'transient',
  usage: 'misused',
  config: 'misconfigured',
  unavailable: 'unavailable',
  model: 'model-refused',
  crash: 'crashed',
  bug: 'bug',
} as const satisfies Record<ReturnType<typeof failureOf>['kind'], string>;
