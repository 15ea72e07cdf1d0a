import { type Agent, request } from 'node:http';
import type { BinaryMessage } from './binary-message.js';

export interface Post {
  readonly url: string;
  readonly message: BinaryMessage;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

/** @returns the status, once the whole answer arrived. @throws the connection failed, or the signal was aborted. */
export function postMessage({ url, message, agent, signal }: Post): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { ...message.headers, 'content-length': Buffer.byteLength(message.body) };
    const post = request(url, { method: 'POST', agent, signal, headers }, (response) => {
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    post.once('error', reject);
    post.end(message.body);
  });
}
