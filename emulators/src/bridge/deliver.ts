import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { CloudEvent } from 'cloudevents';
import { AnswerTimeout, postEvent } from '../events/post-event.js';

/** The result of one attempt to have a function handle an event. */
export type Delivery =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken'; readonly error: Error };

export interface Destination {
  readonly url: string;
  readonly agent: Agent;
  /** From the first attempt to connect until the whole answer has arrived. */
  readonly responseTimeoutMs: number;
}

const RECONNECT_MS = 50;

/** Connections are kept open between deliveries. */
export function deliveryAgent(concurrency: number): Agent {
  return new Agent({ keepAlive: true, maxSockets: concurrency });
}

/**
 * Posts an event in binary mode. A 2xx status accepts it. If the connection is refused, it tries again within the time limit,
 * as Cloud Run holds requests while an instance starts: no function received the event, so a restart uses up no attempt.
 */
export async function deliver(event: CloudEvent<unknown>, to: Destination): Promise<Delivery> {
  const endMs = performance.now() + to.responseTimeoutMs;
  for (let leftMs = to.responseTimeoutMs; leftMs > 0; leftMs = endMs - performance.now()) {
    const delivery = await post(event, to, leftMs);
    if (delivery.kind !== 'broken' || !isConnectionRefused(delivery.error)) return delivery;
    await delay(Math.min(RECONNECT_MS, Math.max(0, endMs - performance.now())));
  }
  return { kind: 'too-slow' };
}

async function post(event: CloudEvent<unknown>, to: Destination, timeoutMs: number): Promise<Delivery> {
  try {
    const status = await postEvent(event, { url: to.url, agent: to.agent, timeoutMs });
    return status >= 200 && status < 300 ? { kind: 'accepted' } : { kind: 'refused', status };
  } catch (error) {
    if (error instanceof AnswerTimeout) return { kind: 'too-slow' };
    return { kind: 'broken', error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function isConnectionRefused(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNREFUSED';
}
