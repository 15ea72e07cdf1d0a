/**
 * The two calls that an upload needs. They use `fetch`, because Google's client can hang: if the bucket answers 412 before it has
 * the whole body, that client keeps the connection, and its next request never ends. `fetch` closes such a connection.
 */
import { describeSystemError } from '@hangtag/shared/system-error.js';
import type { Content, Picture } from './pictures.js';
import type { Stack } from './stack.js';

const TIMEOUT_MS = 60_000;
const PASSING: ReadonlySet<number> = new Set([408, 429]);
/** Errors of a disk that fails while a file is read. Network errors have other codes. */
const FILE_FAULTS: ReadonlySet<string> = new Set(['EIO', 'ESTALE', 'ENXIO']);

/** `conflict`: the bucket has another generation. `failed`: another attempt may succeed. */
export type UploadAnswer =
  | { readonly kind: 'stored' | 'conflict' }
  | { readonly kind: 'refused' | 'unreadable' | 'failed'; readonly detail: string };

/** The part of an object's resource that is used: https://cloud.google.com/storage/docs/json_api/v1/objects */
export interface Stored {
  readonly generation: string;
  readonly md5Hash?: string;
  readonly timeCreated: string;
}

export class BucketClient {
  readonly url: string;
  readonly #bucket: string;

  constructor({ bucket, env }: Pick<Stack, 'bucket' | 'env'>) {
    this.url = env['STORAGE_EMULATOR_HOST'] ?? '';
    this.#bucket = encodeURIComponent(bucket);
  }

  /** Stores the content if the bucket still has this generation; `0` means that it has none. */
  async upload(
    { name, contentType = 'application/octet-stream' }: Picture,
    { content, generation }: { readonly content: Content; readonly generation: string },
  ): Promise<UploadAnswer> {
    const query = new URLSearchParams({ uploadType: 'media', name, ifGenerationMatch: generation });
    try {
      const response = await fetch(`${this.url}/upload/storage/v1/b/${this.#bucket}/o?${query}`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: content,
        duplex: 'half',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const detail = `${response.status} ${await response.text()}`;
      if (response.ok) return { kind: 'stored' };
      if (response.status === 412) return { kind: 'conflict' };
      const isPassing = response.status >= 500 || PASSING.has(response.status);
      return { kind: isPassing ? 'failed' : 'refused', detail };
    } catch (error) {
      const { code, detail } = causeOf(error);
      return { kind: FILE_FAULTS.has(code) ? 'unreadable' : 'failed', detail };
    }
  }

  /** The object of a name. Undefined: the bucket has no such object. `unknown`: the bucket does not answer. */
  async find(name: string): Promise<Stored | undefined | 'unknown'> {
    try {
      const url = `${this.url}/storage/v1/b/${this.#bucket}/o/${encodeURIComponent(name)}`;
      const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      const body = await response.text();
      if (response.status === 404) return undefined;
      return response.ok ? (JSON.parse(body) as Stored) : 'unknown';
    } catch {
      return 'unknown';
    }
  }
}

/** `fetch` has the network error as its cause. */
function causeOf(error: unknown): { readonly code: string; readonly detail: string } {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  return { code, detail: describeSystemError(inner) };
}
