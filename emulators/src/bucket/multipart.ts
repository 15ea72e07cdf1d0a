/**
 * Reads a `multipart/related` upload as a stream: one JSON part, then one part with the bytes. (Parsers on npm are for
 * `multipart/form-data`.) Only the headers of each part and the JSON are kept in memory, up to a limit.
 * Source: https://cloud.google.com/storage/docs/uploading-objects#multipart-upload, RFC 2046 section 5.1
 */

import { invalid } from './api-error.js';

const MAX_HEAD_BYTES = 256 * 1024;
const LINE_FEED = 10;

export interface MultipartUpload {
  readonly metadata: unknown;
  readonly contentType: string | undefined;
  /** Must be read completely. @throws {ApiError} 400: the closing boundary is missing. */
  readonly content: AsyncIterable<Buffer>;
}

/** @throws {ApiError} 400: the body does not have two parts, or the first is not JSON. */
export async function readMultipart(
  body: AsyncIterable<Buffer>,
  contentType: string,
): Promise<MultipartUpload> {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare?.replace(/^'(.*)'$/, '$1');
  if (!boundary) throw invalid(`Expected multipart/related with a boundary but received ${contentType}`);
  const reader = new PartReader(body);
  await reader.readFirstBoundary(`--${boundary}`);
  await reader.readHead();
  const json = await reader.readText();
  const head = await reader.readHead();
  return {
    metadata: parseJson(json),
    contentType: /^content-type:[ \t]*(.+?)[ \t]*$/im.exec(head)?.[1],
    content: reader.readPart(),
  };
}

class PartReader {
  #buffered: Buffer = Buffer.alloc(0);
  #lineBreak = '\r\n';
  #delimiter: Buffer = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(body: AsyncIterable<Buffer>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** Also detects the line break: gcloud sends a line feed alone. */
  async readFirstBoundary(boundary: string): Promise<void> {
    await this.#take(Buffer.from(boundary), 'a first boundary');
    while (this.#buffered.length < 2 && (await this.#more()));
    if (this.#buffered[0] === LINE_FEED) this.#lineBreak = '\n';
    this.#delimiter = Buffer.from(this.#lineBreak + boundary);
  }

  /** The rest of the boundary line and the headers of the part. */
  async readHead(): Promise<string> {
    return (await this.#take(Buffer.from(this.#lineBreak.repeat(2)), 'part headers')).toString('utf8');
  }

  async readText(): Promise<string> {
    return (await this.#take(this.#delimiter, 'a boundary after the metadata')).toString('utf8');
  }

  /** Up to the next boundary. The rest of the body is read and ignored, so that the connection can be used again. */
  async *readPart(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#buffered.indexOf(this.#delimiter);
      if (at >= 0) {
        yield this.#buffered.subarray(0, at);
        break;
      }
      // Keeps the bytes that could be the start of the boundary.
      const sure = Math.max(0, this.#buffered.length - this.#delimiter.length + 1);
      if (sure > 0) yield this.#buffered.subarray(0, sure);
      this.#buffered = this.#buffered.subarray(sure);
      if (!(await this.#more())) throw invalid('Expected a boundary after the content but the body ended');
    }
    while (!(await this.#chunks.next()).done);
  }

  async #take(end: Buffer, what: string): Promise<Buffer> {
    for (;;) {
      const at = this.#buffered.indexOf(end);
      if (at >= 0) {
        const taken = this.#buffered.subarray(0, at);
        this.#buffered = this.#buffered.subarray(at + end.length);
        return taken;
      }
      if (this.#buffered.length > MAX_HEAD_BYTES || !(await this.#more())) {
        throw invalid(`Expected ${what} within ${MAX_HEAD_BYTES} bytes of a multipart body`);
      }
    }
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next();
    if (next.done) return false;
    this.#buffered = this.#buffered.length === 0 ? next.value : Buffer.concat([this.#buffered, next.value]);
    return true;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid('Expected JSON in the first part of a multipart body', { cause: error });
  }
}
