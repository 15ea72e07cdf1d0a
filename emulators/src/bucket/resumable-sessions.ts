/**
 * Resumable uploads under way. A session is two files, `ID.json` (what is being uploaded) and `ID.part` (the bytes so
 * far); its progress is the length of the latter, so it survives a restart. States:
 *
 *     open --bytes--> open --last byte--> complete (remembered for a while, for clients that missed the answer)
 *       `-- cancelled, precondition refused, wrong checksum --> gone
 *
 * One request at a time works on a session; a newer one first ends the older, whose client has given up on it.
 */

import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { z } from 'zod';
import { ApiError, invalid, tooLarge } from './api-error.js';
import { Checksummer, verifyChecksums } from './checksums.js';
import { type ContentFiles, newContentId } from './content-files.js';
import { NameLocks } from './name-locks.js';
import { type ContentId, contentIdSchema, type ObjectRecord, settingsSchema } from './record.js';
import type { ObjectStore } from './store.js';

const REMEMBERED = 1000;
/** As long as Cloud Storage keeps a session. */
const SESSION_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

const condition = z
  .string()
  .transform((text) => parseGeneration(text))
  .optional();
const sessionSchema = z.object({
  bucket: z.string(),
  name: z.string(),
  settings: settingsSchema,
  expected: z.object({ crc32c: z.string().optional(), md5Hash: z.string().optional() }),
  preconditions: z.object({
    generationMatch: condition,
    generationNotMatch: condition,
    metagenerationMatch: condition,
    metagenerationNotMatch: condition,
  }),
});
export type UploadSession = z.infer<typeof sessionSchema>;

export type UploadProgress =
  | { readonly kind: 'incomplete'; readonly receivedBytes: number }
  | { readonly kind: 'complete'; readonly record: ObjectRecord };

export interface UploadChunk {
  readonly content: AsyncIterable<Buffer>;
  readonly firstByte: number;
  /** Of the whole object, where the client knows it by now. */
  readonly totalBytes: number | undefined;
  /** Whether the object ends where this request does. */
  readonly isLast: boolean;
  readonly expected: UploadSession['expected'];
  /** Ends the request, where a newer one takes over. */
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
  readonly #abandon = new Map<string, () => void>();
  /** Sessions that this process has read or written the bytes of; another's are read again to be hashed. */
  readonly #hashed = new Map<ContentId, Checksummer>();
  readonly #complete = new Map<ContentId, ObjectRecord>();

  constructor(private readonly options: ResumableSessionsOptions) {}

  /** Creates the directory and removes the sessions that have run out. */
  async start(): Promise<void> {
    const { directory, nowMs } = this.options;
    await mkdir(directory, { recursive: true });
    for (const file of await readdir(directory)) {
      const { mtimeMs } = await stat(join(directory, file));
      if (mtimeMs < nowMs() - SESSION_LIFETIME_MS) await rm(join(directory, file), { force: true });
    }
  }

  /** @throws {ApiError} 404, 412: the upload could not end well even now. */
  async create(session: UploadSession): Promise<ContentId> {
    this.options.objects.assertInsertable(session);
    const id = newContentId();
    await writeFile(this.#path(id, 'json'), JSON.stringify(session));
    await writeFile(this.#path(id, 'part'), '');
    return id;
  }

  /** @throws {ApiError} 404: there is no such session (any more). */
  progress(uploadId: string): Promise<UploadProgress> {
    return this.#exclusively(uploadId, async (id) => {
      const record = this.#complete.get(id);
      if (record) return { kind: 'complete', record };
      await this.#load(id);
      return { kind: 'incomplete', receivedBytes: (await stat(this.#path(id, 'part'))).size };
    });
  }

  /** @throws {ApiError} 400: a gap, or the wrong checksum; 404, 412, 413 */
  append(uploadId: string, chunk: UploadChunk): Promise<UploadProgress> {
    return this.#exclusively(uploadId, async (id) => {
      const done = this.#complete.get(id);
      if (done) return { kind: 'complete', record: done };
      const session = await this.#load(id);
      this.#abandon.set(id, chunk.abandon);
      const checksummer = await this.#receive(id, chunk).finally(() => this.#abandon.delete(id));
      const receivedBytes = checksummer.sizeBytes;
      const isComplete = chunk.totalBytes === undefined ? chunk.isLast : receivedBytes === chunk.totalBytes;
      if (!isComplete) return { kind: 'incomplete', receivedBytes };
      const expected = { ...session.expected, ...chunk.expected };
      return { kind: 'complete', record: await this.#finish(id, { ...session, expected }, checksummer) };
    });
  }

  /** @throws {ApiError} 404 */
  cancel(uploadId: string): Promise<void> {
    return this.#exclusively(uploadId, async (id) => {
      await this.#load(id);
      await this.#discard(id);
    });
  }

  async #receive(id: ContentId, chunk: UploadChunk): Promise<Checksummer> {
    const { contents, maxObjectBytes } = this.options;
    const maxBytes = chunk.totalBytes ?? maxObjectBytes;
    if (maxBytes > maxObjectBytes) throw tooLarge(maxObjectBytes);
    const handle = await open(this.#path(id, 'part'), 'a+');
    try {
      const checksummer = this.#hashed.get(id) ?? (await hashOf(handle));
      remember(this.#hashed, id, checksummer);
      const known = checksummer.sizeBytes - chunk.firstByte;
      if (known < 0) {
        throw invalid(
          `Expected the upload to go on at byte ${checksummer.sizeBytes} but received ${chunk.firstByte}`,
        );
      }
      try {
        await contents.append(without(chunk.content, known), { handle, checksummer, maxBytes });
      } finally {
        // A write that failed half way leaves bytes that were not hashed.
        await handle.truncate(checksummer.sizeBytes);
      }
      await contents.flush(handle);
      return checksummer;
    } finally {
      await handle.close();
    }
  }

  async #finish(id: ContentId, session: UploadSession, checksummer: Checksummer): Promise<ObjectRecord> {
    const { contents, objects } = this.options;
    const { expected, ...object } = session;
    const checksums = checksummer.digest();
    try {
      verifyChecksums(checksums, expected);
      objects.assertInsertable(object);
      const contentId = await contents.adopt(this.#path(id, 'part'));
      const content = { contentId, sizeBytes: checksummer.sizeBytes, ...checksums };
      const record = await objects.insert({ ...object, content });
      remember(this.#complete, id, record);
      return record;
    } finally {
      await this.#discard(id);
    }
  }

  async #discard(id: ContentId): Promise<void> {
    this.#hashed.delete(id);
    await rm(this.#path(id, 'json'), { force: true });
    await rm(this.#path(id, 'part'), { force: true });
  }

  async #load(id: ContentId): Promise<UploadSession> {
    try {
      return sessionSchema.parse(JSON.parse(await readFile(this.#path(id, 'json'), 'utf8')));
    } catch (error) {
      throw sessionNotFound({ cause: error });
    }
  }

  async #exclusively<T>(uploadId: string, work: (id: ContentId) => Promise<T>): Promise<T> {
    const id = contentIdSchema.safeParse(uploadId);
    if (!id.success) throw sessionNotFound();
    this.#abandon.get(id.data)?.();
    return this.#locks.run([id.data], () => work(id.data));
  }

  #path(id: ContentId, kind: 'json' | 'part'): string {
    return join(this.options.directory, `${contentIdSchema.parse(id)}.${kind}`);
  }
}

/** Keeps the newest; what is forgotten of an open session is worked out again from its bytes. */
function remember<T>(known: Map<ContentId, T>, id: ContentId, value: T): void {
  known.delete(id);
  known.set(id, value);
  const [oldest] = known.keys();
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
}

function sessionNotFound(options?: ErrorOptions): ApiError {
  return new ApiError(
    404,
    'notFound',
    'Expected the id of an open upload session; begin the upload again',
    options,
  );
}

async function hashOf(handle: FileHandle): Promise<Checksummer> {
  const checksummer = new Checksummer();
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false }))
    checksummer.update(chunk);
  return checksummer;
}

/** Leaves out bytes that arrived with an earlier request. */
async function* without(content: AsyncIterable<Buffer>, knownBytes: number): AsyncGenerator<Buffer> {
  let toSkip = knownBytes;
  for await (const chunk of content) {
    const fresh = chunk.subarray(Math.min(toSkip, chunk.length));
    toSkip -= chunk.length - fresh.length;
    if (fresh.length > 0) yield fresh;
  }
}
