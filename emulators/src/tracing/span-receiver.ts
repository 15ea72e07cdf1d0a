/** Receives spans as an OpenTelemetry collector does: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';
import { onlyLocal } from '../only-local.js';
import { LOOPBACK } from '../processes/ports.js';

/** 10,000 images have some 120,000 spans. */
const MAX_SPANS = 200_000;

const nanoseconds = z.string().transform((text) => Number(BigInt(text) / 1_000n) / 1_000);
const span = z
  .object({
    traceId: z.string(),
    spanId: z.string(),
    parentSpanId: z.string().optional(),
    name: z.string(),
    startTimeUnixNano: nanoseconds,
    endTimeUnixNano: nanoseconds,
    status: z.object({ code: z.number().optional() }).default({}),
  })
  .transform(({ startTimeUnixNano: startMs, endTimeUnixNano: endMs, status, ...others }) => ({
    ...others,
    startMs,
    endMs,
    hasFailed: status.code === 2,
  }));
const request = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
});

export type ReceivedSpan = z.infer<typeof span>;

export interface SpanReceiver {
  /** For HANGTAG_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** In the order of arrival; the first 200,000. */
  readonly spans: readonly ReceivedSpan[];
  close(): void;
}

export async function startSpanReceiver(): Promise<SpanReceiver> {
  const spans: ReceivedSpan[] = [];
  const server = createServer(
    onlyLocal(async (incoming, response) => {
      const received = request.safeParse(await json(incoming).catch(() => undefined));
      for (const { scopeSpans } of received.data?.resourceSpans ?? []) {
        for (const scope of scopeSpans) spans.push(...scope.spans.slice(0, MAX_SPANS - spans.length));
      }
      response.writeHead(received.success ? 200 : 400, { 'content-type': 'application/json' }).end('{}');
    }),
  );
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://${LOOPBACK}:${port}`, spans, close: () => void server.close() };
}
