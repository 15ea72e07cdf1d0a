import type { MiddlewareHandler } from 'hono';
import type { App } from '../app/app.js';

/** Each request is a span. What it causes has this span as its parent, because handlers read `traceparent` of the request. */
export function traceRequests({ tracer: open }: App): MiddlewareHandler {
  if (open === undefined) return (_, next) => next();
  return async (context, next) => {
    const tracer = await open();
    const { headers } = context.req.raw;
    const parent = context.req.header('traceparent');
    await tracer.inSpan({ name: `api ${context.req.method}`, parent }, () => {
      headers.set('traceparent', tracer.current());
      return next();
    });
    await tracer.flush();
  };
}
