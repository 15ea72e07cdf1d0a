/** The HTTP client for CloudEvents: one POST in binary mode. */
import { type Agent, request } from 'node:http';
import { type CloudEventV1, HTTP } from 'cloudevents';

export interface PostOptions {
  readonly url: string;
  /** Destroying the agent ends the request. */
  readonly agent: Agent;
  /** The limit from the start of the request to the end of the answer. */
  readonly timeoutMs: number;
}

/** The target did not answer within the limit. */
export class AnswerTimeout extends Error {}

/**
 * @returns the status, after the whole answer has arrived.
 * @throws {AnswerTimeout}
 * @throws {Error} the connection failed.
 */
export function postEvent<T>(event: CloudEventV1<T>, options: PostOptions): Promise<number> {
  const { url, agent, timeoutMs } = options;
  const { headers, body } = HTTP.binary(event);
  const bytes = Buffer.from(typeof body === 'string' ? body : '');
  const sent = { ...encodedHeaders(headers), 'content-length': bytes.length };
  return new Promise((resolve, reject) => {
    const post = request(url, { method: 'POST', agent, headers: sent }, (response) => {
      response.once('error', reject);
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    const timeout = new AnswerTimeout(`Expected an answer within ${timeoutMs} ms but received none`);
    // A timer that is cleared: AbortSignal.timeout would keep every answered request in memory until the limit.
    const timer = setTimeout(() => post.destroy(timeout), timeoutMs);
    post.once('close', () => clearTimeout(timer));
    post.once('error', reject);
    post.end(bytes);
  });
}

/**
 * The `cloudevents` package writes attributes unchanged. The binding requires percent-encoding of everything except
 * printable ASCII, and Node rejects such a header otherwise: a name with an emoji could never be delivered.
 * Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md#3132-http-header-values
 */
function encodedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const encoded = Object.entries(headers).map(([key, value]) => [
    key,
    key.startsWith('ce-') ? encodeHeaderValue(String(value)) : String(value),
  ]);
  return Object.fromEntries(encoded);
}

function encodeHeaderValue(value: string): string {
  return value.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) =>
    [...Buffer.from(character)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
      .join(''),
  );
}
