/** What both protocols share: one POST with a limit of time, repeated when the endpoint is busy, and an answer in JSON. */
import type { TokenUse } from '../../domain/opinion.js';
import { type JsonRequest, postForJson } from '../notify/post.js';
import type { Backoff } from '../notify/retrying.js';

export interface EndpointOptions {
  readonly url: string;
  readonly model: string;
  /** Undefined for a server that asks for none, such as one on this machine. */
  readonly key: string | undefined;
  readonly backoff?: Backoff;
  /** Of one attempt. */
  readonly timeoutMs?: number;
}

export interface ChatQuestion {
  readonly instruction: string;
  /** A WebP as base64, or a text. */
  readonly content: { readonly webp: string } | { readonly text: string };
  readonly answer: {
    readonly name: string;
    /** JSON Schema of the answer. */
    readonly schema: object;
  };
  readonly mostOutputTokens: number;
}

export interface ChatAnswer {
  /** Undefined if the answer is no JSON. It has not been checked against the schema. */
  readonly content: unknown;
  /** Zero if the endpoint did not say. */
  readonly use: TokenUse;
}

/** One protocol: how a question is sent, and where the text and the use of tokens are in the answer. */
export interface ChatProtocol {
  request(question: ChatQuestion, options: EndpointOptions): JsonRequest;
  /** @returns undefined if the answer is not of the protocol's form */
  read(answer: unknown): { readonly text: string; readonly use: TokenUse } | undefined;
}

const BACKOFF: Backoff = { retries: 2, firstDelayMs: 500, limitMs: 20_000 };
const TIMEOUT_MS = 30_000;
const NO_USE: TokenUse = { input: 0, output: 0 };

/** @throws {TransientError} the endpoint did not answer, or refused, within its time */
export async function askForJson(
  protocol: ChatProtocol,
  options: EndpointOptions,
  question: ChatQuestion,
): Promise<ChatAnswer> {
  const { backoff = BACKOFF, timeoutMs = TIMEOUT_MS } = options;
  const request = { ...protocol.request(question, options), timeoutMs };
  const answer = protocol.read(await postForJson(request, backoff));
  return { content: jsonOf(answer?.text), use: answer?.use ?? NO_USE };
}

function jsonOf(text = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
