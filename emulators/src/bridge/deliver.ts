import { Agent, request } from 'node:http';
import { type CloudEvent, HTTP } from 'cloudevents';
import { pause } from '../processes/pause.js';

/** What became of one attempt to have a function handle an event. */
export type Delivery =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken'; readonly error: Error };

export interface Destination {
  readonly url: string;
  readonly agent: Agent;
  /** From the first attempt to connect until the whole answer is there. */
  readonly responseTimeoutMs: number;
}

const RECONNECT_MS = 50;

/** Connections are kept open between deliveries. */
export function deliveryAgent(concurrency: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: concurrency });
}

/**
 * Posts an event in binary mode. A 2xx status accepts it. A function that does not listen yet is waited for
 * within the time limit, as Cloud Run holds requests while an instance starts: nobody saw the event, so no
 * attempt is used up by a restart.
 */
export async function deliver(event: CloudEvent<unknown>, to: Destination): Promise<Delivery> {
  const { headers, body } = HTTP.binary(event);
  const payload = Buffer.from(typeof body === 'string' ? body : '');
  const posting = { headers: { ...headers, 'content-length': payload.length }, payload };
  // Not AbortSignal.timeout: its timer would keep each answered delivery in memory until the limit.
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), to.responseTimeoutMs);
  try {
    return await postUntilHeard(posting, to, limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function postUntilHeard(posting: Posting, to: Destination, limit: AbortSignal): Promise<Delivery> {
  for (;;) {
    const delivery = await post(posting, to, limit);
    if (delivery.kind !== 'broken') return delivery;
    if (!limit.aborted && !isNobodyListening(delivery.error)) return delivery;
    await pause(RECONNECT_MS, limit);
    if (limit.aborted) return { kind: 'too-slow' };
  }
}

interface Posting {
  readonly headers: Record<string, unknown>;
  readonly payload: Buffer;
}

function post(posting: Posting, to: Destination, signal: AbortSignal): Promise<Delivery> {
  const headers = Object.fromEntries(
    Object.entries(posting.headers).map(([name, value]) => [name, String(value)]),
  );
  return new Promise((resolve) => {
    const broken = (error: Error) => resolve({ kind: 'broken', error });
    const outgoing = request(to.url, { method: 'POST', agent: to.agent, headers, signal });
    outgoing.once('error', broken);
    outgoing.once('response', (response) => {
      const status = response.statusCode ?? 0;
      const accepted = status >= 200 && status < 300;
      response.once('error', broken);
      response.once('end', () => resolve(accepted ? { kind: 'accepted' } : { kind: 'refused', status }));
      response.resume();
    });
    outgoing.end(posting.payload);
  });
}

function isNobodyListening(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}
