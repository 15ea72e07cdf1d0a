/**
 * Resumable uploads. The states of a session, which survives a restart until it is complete:
 *
 *     open --bytes--> open --last byte--> complete (remembered for a while, for clients that missed the answer)
 *       `-- cancelled, precondition failed, wrong checksum --> removed
 *
 * One request at a time uses a session. A new request ends the old one, because its client has given it up.
 */

import { LRUCache } from 'lru-cache';
import { tooLarge } from './api-error.js';
import { type Checksummer, type ExpectedChecksums, mergeExpected, verifyChecksums } from './checksums.js';
import type { ContentFiles } from './content-files.js';
import { NameLocks } from './name-locks.js';
import { type ContentId, contentIdSchema, type ObjectRecord } from './record.js';
import { SessionFiles, sessionNotFound, type UploadSession } from './session-files.js';
import type { ObjectStore } from './store.js';

const REMEMBERED = 1000;

export type UploadProgress =
  | { readonly kind: 'incomplete'; readonly receivedBytes: number }
  | { readonly kind: 'complete'; readonly record: ObjectRecord };

export interface UploadChunk {
  readonly content: AsyncIterable<Buffer>;
  readonly firstByte: number;
  /** The size of the whole object, if the client knows it. */
  readonly totalBytes: number | undefined;
  /** Whether the object ends with this request. */
  readonly isLast: boolean;
  readonly expected: ExpectedChecksums;
  /** Ends the request when a newer one uses the session. */
  readonly abandon: () => void;
}

export interface ResumableSessionsOptions {
  readonly directory: string;
  readonly contents: ContentFiles;
  readonly objects: ObjectStore;
  readonly maxObjectBytes: number;
  readonly nowMs: () => number;
}

export class ResumableSessions {
  readonly #locks = new NameLocks();
  readonly #abandon = new Map<ContentId, () => void>();
  readonly #complete = new LRUCache<ContentId, ObjectRecord>({ max: REMEMBERED });
  readonly #files: SessionFiles;

  constructor(private readonly options: ResumableSessionsOptions) {
    this.#files = new SessionFiles(options.directory, options.contents);
  }

  /** Removes expired sessions. */
  start(): Promise<void> {
    return this.#files.start(this.options.nowMs());
  }

  /** @throws {ApiError} 404, 412: the upload would fail now. */
  async create(session: UploadSession): Promise<ContentId> {
    this.options.objects.assertInsertable(session);
    return this.#files.create(session);
  }

  /**
   * Completes the upload if it has `totalBytes`.
   *
   * @throws {ApiError} 400: the checksum is wrong; 404: the session does not exist; 412
   */
  progress(uploadId: string, totalBytes?: number): Promise<UploadProgress> {
    return this.#exclusively(uploadId, async (id) => {
      const done = this.#complete.get(id);
      if (done) return { kind: 'complete', record: done };
      const session = await this.#files.load(id);
      const receivedBytes = await this.#files.receivedBytes(id);
      if (receivedBytes !== totalBytes) return { kind: 'incomplete', receivedBytes };
      return { kind: 'complete', record: await this.#finish(id, session, await this.#files.checksummer(id)) };
    });
  }

  /** @throws {ApiError} 400: bytes are missing, or the checksum is wrong; 404, 412, 413 */
  append(uploadId: string, chunk: UploadChunk): Promise<UploadProgress> {
    return this.#exclusively(uploadId, async (id) => {
      const done = this.#complete.get(id);
      if (done) return { kind: 'complete', record: done };
      const session = await this.#files.load(id);
      this.#abandon.set(id, chunk.abandon);
      const checksummer = await this.#receive(id, chunk, session).finally(() => this.#abandon.delete(id));
      const receivedBytes = checksummer.sizeBytes;
      const isComplete = chunk.totalBytes === undefined ? chunk.isLast : receivedBytes === chunk.totalBytes;
      if (!isComplete) return { kind: 'incomplete', receivedBytes };
      const expected = mergeExpected(chunk.expected, session.expected);
      return { kind: 'complete', record: await this.#finish(id, { ...session, expected }, checksummer) };
    });
  }

  /** @throws {ApiError} 404 */
  cancel(uploadId: string): Promise<void> {
    return this.#exclusively(uploadId, async (id) => {
      await this.#files.load(id);
      await this.#files.remove(id);
    });
  }

  async #receive(id: ContentId, chunk: UploadChunk, session: UploadSession): Promise<Checksummer> {
    const { content, firstByte, totalBytes } = chunk;
    const maxObjectBytes = Math.min(
      this.options.maxObjectBytes,
      session.maxBytes ?? Number.POSITIVE_INFINITY,
    );
    const maxBytes = totalBytes ?? maxObjectBytes;
    if (maxBytes > maxObjectBytes) throw tooLarge(maxObjectBytes);
    return this.#files.append(id, { content, firstByte, maxBytes });
  }

  async #finish(id: ContentId, session: UploadSession, checksummer: Checksummer): Promise<ObjectRecord> {
    const { objects } = this.options;
    const { expected, ...object } = session;
    const checksums = checksummer.digest();
    try {
      verifyChecksums(checksums, expected);
      objects.assertInsertable(object);
      const contentId = await this.#files.adopt(id);
      const content = { contentId, sizeBytes: checksummer.sizeBytes, ...checksums };
      const record = await objects.insert({ ...object, content });
      this.#complete.set(id, record);
      return record;
    } finally {
      await this.#files.remove(id);
    }
  }

  async #exclusively<T>(uploadId: string, work: (id: ContentId) => Promise<T>): Promise<T> {
    const id = contentIdSchema.safeParse(uploadId);
    if (!id.success) throw sessionNotFound();
    this.#abandon.get(id.data)?.();
    return this.#locks.run([id.data], () => work(id.data));
  }
}
