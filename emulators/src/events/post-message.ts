import { type Agent, request } from 'node:http';
import type { BinaryMessage } from './binary-message.js';

export interface Post {
  readonly url: string;
  readonly message: BinaryMessage;
  readonly agent: Agent;
  /** How long the target may be silent. */
  readonly timeoutMs: number;
}

/**
 * Ends early when the agent is destroyed.
 * @returns the status, once the whole answer arrived.
 * @throws the connection failed, or the target was silent too long.
 */
export function postMessage({ url, message, agent, timeoutMs }: Post): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { ...message.headers, 'content-length': Buffer.byteLength(message.body) };
    const post = request(url, { method: 'POST', agent, headers }, (response) => {
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    post.setTimeout(timeoutMs, () => post.destroy(new Error(`Expected an answer within ${timeoutMs} ms`)));
    post.once('error', reject);
    post.end(message.body);
  });
}
