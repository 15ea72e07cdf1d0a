/** Calls a function of the table through its middleware. */
import { isTraceparent } from '@hangtag/shared/log.js';
import type { App } from '../app/app.js';
import {
  type Answer,
  type EventEntry,
  type FunctionEvent,
  type FunctionRequest,
  isSchedule,
  type RequestEntry,
  type ScheduleEntry,
  type ScheduleEvent,
} from './function-entry.js';
import {
  acknowledgeInputErrors,
  type Context,
  countCalls,
  logOutcome,
  NO_DEADLINE,
  surround,
  type Work,
  withDeadline,
  withSpan,
  withTrace,
} from './middleware.js';

interface Call {
  readonly app: App;
  /** W3C trace context of the event or the request. */
  readonly traceparent?: string | undefined;
  /** Ends the work early. */
  readonly signal?: AbortSignal;
}

/** @throws if the platform must deliver the event again */
export async function runEvent(entry: EventEntry, event: FunctionEvent, call: Call): Promise<void> {
  const traceparent = traceOfCause(event) ?? call.traceparent;
  await run(entry, { ...call, traceparent }, (context) => entry.handle(event, call.app, context));
}

/** A request of the API writes its trace into the message or the object that it causes. A delivery has a trace of its own. */
function traceOfCause({ data }: FunctionEvent): string | undefined {
  const { message, metadata } = (data ?? {}) as {
    readonly message?: { readonly attributes?: { readonly traceparent?: unknown } };
    readonly metadata?: { readonly traceparent?: unknown };
  };
  const traceparent = message?.attributes?.traceparent ?? metadata?.traceparent;
  return isTraceparent(traceparent) ? traceparent : undefined;
}

/** A schedule has no input from outside: every failure is thrown. @throws if the platform must call again */
export async function runSchedule(entry: ScheduleEntry, event: ScheduleEvent, call: Call): Promise<void> {
  await run(entry, call, (context) => entry.handle(event, call.app, context));
}

/** @throws if the answer is 500 */
export async function runRequest(entry: RequestEntry, request: FunctionRequest, call: Call): Promise<Answer> {
  let answer: Answer = { status: 400, body: { error: 'Expected a request of another form' } };
  await run(entry, call, async (context) => {
    answer = await entry.handle(request, call.app, context);
    const { status, body } = answer;
    return { outcome: status < 400 ? 'answered' : 'refused', status, ...flat(body) };
  });
  return answer;
}

async function run(
  entry: EventEntry | ScheduleEntry | RequestEntry,
  { app, traceparent, signal = NO_DEADLINE }: Call,
  work: Work,
): Promise<void> {
  const context: Context = { name: entry.name, log: app.log, signal };
  await surround(work, [
    withDeadline(entry.resources.timeoutSeconds),
    app.tracer
      ? withSpan(app.tracer, traceparent)
      : withTrace(traceparent, process.env['GOOGLE_CLOUD_PROJECT']),
    ...(isSchedule(entry) ? [] : [acknowledgeInputErrors]),
    ...(app.metrics ? [countCalls(app.metrics)] : []),
    logOutcome,
  ])(context);
}

/** The fields of an answer that fit into a log line. */
function flat(body: object): Readonly<Record<string, string | number | boolean | null>> {
  const fields = Object.entries(body).filter(([, value]) => value === null || typeof value !== 'object');
  return Object.fromEntries(fields);
}
