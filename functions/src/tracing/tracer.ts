/** Traces from an upload to its label: https://www.w3.org/TR/trace-context/ */
export interface NewSpan {
  readonly name: string;
  /** W3C traceparent of the cause. Absent: the current span is the cause, or else the span begins a trace. */
  readonly parent?: string | undefined;
}

export interface Tracer {
  /** Calls `work` in a span, which ends when `work` returns or its promise settles. */
  inSpan<T>(span: NewSpan, work: () => T): T;
  /** Adds a part of the current span that has ended, in epoch milliseconds. */
  addPart(name: string, startMs: number, endMs: number): void;
  /** W3C traceparent of the current span, for work in a span. */
  current(): string;
  /** Sends the spans that have ended, because the platform may stop the process after an answer. A failure is logged. */
  flush(): Promise<void>;
}

export type OpenTracer = () => Promise<Tracer>;
