/**
 * The two files of an upload session: `ID.json` describes the upload, `ID.part` has the received bytes. The length of
 * `ID.part` is the progress, so it survives a restart. The checksum is then computed again.
 */

import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ApiError, invalid } from './api-error.js';
import { Checksummer } from './checksums.js';
import { type ContentFiles, newContentId } from './content-files.js';
import { type ContentId, contentIdSchema, settingsSchema } from './record.js';

const REMEMBERED = 1000;
/** Cloud Storage keeps a session for a week. */
const LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

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
  /** A limit below that of the server. */
  maxBytes: z.number().optional(),
});
export type UploadSession = z.infer<typeof sessionSchema>;

/** The next bytes. They may start with bytes that were received before. */
export interface Continuation {
  readonly content: AsyncIterable<Buffer>;
  readonly firstByte: number;
  /** The size limit of the whole object. */
  readonly maxBytes: number;
}

const NOTHING: AsyncIterable<Buffer> = { [Symbol.asyncIterator]: async function* () {} };

export class SessionFiles {
  /** Of the sessions that were used last. */
  readonly #checksummers = new LRUCache<ContentId, Checksummer>({ max: REMEMBERED });

  constructor(
    private readonly directory: string,
    private readonly contents: ContentFiles,
  ) {}

  /** Creates the directory and removes expired sessions. */
  async start(nowMs: number): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    for (const file of await readdir(this.directory)) {
      const { mtimeMs } = await stat(join(this.directory, file));
      if (mtimeMs < nowMs - LIFETIME_MS) await rm(join(this.directory, file), { force: true });
    }
  }

  async create(session: UploadSession): Promise<ContentId> {
    const id = newContentId();
    await writeFile(this.#path(id, 'json'), JSON.stringify(session));
    await writeFile(this.#path(id, 'part'), '');
    return id;
  }

  /** @throws {ApiError} 404 */
  async load(id: ContentId): Promise<UploadSession> {
    try {
      return sessionSchema.parse(JSON.parse(await readFile(this.#path(id, 'json'), 'utf8')));
    } catch (error) {
      throw sessionNotFound({ cause: error });
    }
  }

  async receivedBytes(id: ContentId): Promise<number> {
    return (await stat(this.#path(id, 'part'))).size;
  }

  /** The checksum of all bytes received. */
  checksummer(id: ContentId): Promise<Checksummer> {
    return this.append(id, { content: NOTHING, firstByte: 0, maxBytes: Number.POSITIVE_INFINITY });
  }

  /** @returns the checksum of all bytes received @throws {ApiError} 400: bytes are missing; 413 */
  async append(id: ContentId, { content, firstByte, maxBytes }: Continuation): Promise<Checksummer> {
    const handle = await open(this.#path(id, 'part'), 'a+');
    try {
      const checksummer = this.#checksummers.get(id) ?? (await checksummerOf(handle));
      this.#checksummers.set(id, checksummer);
      const knownBytes = checksummer.sizeBytes - firstByte;
      if (knownBytes < 0) {
        throw invalid(
          `Expected the upload to continue at byte ${checksummer.sizeBytes} but received ${firstByte}`,
        );
      }
      try {
        await this.contents.append(without(content, knownBytes), { handle, checksummer, maxBytes });
      } finally {
        // A failed write can leave bytes that are not in the checksum.
        await handle.truncate(checksummer.sizeBytes);
      }
      await this.contents.flush(handle);
      return checksummer;
    } finally {
      await handle.close();
    }
  }

  /** Moves the bytes to the content of an object. */
  adopt(id: ContentId): Promise<ContentId> {
    return this.contents.adopt(this.#path(id, 'part'));
  }

  async remove(id: ContentId): Promise<void> {
    this.#checksummers.delete(id);
    await rm(this.#path(id, 'json'), { force: true });
    await rm(this.#path(id, 'part'), { force: true });
  }

  #path(id: ContentId, kind: 'json' | 'part'): string {
    return join(this.directory, `${contentIdSchema.parse(id)}.${kind}`);
  }
}

export function sessionNotFound(options?: ErrorOptions): ApiError {
  return new ApiError(
    404,
    'notFound',
    'Expected the id of an open upload session. Start the upload again',
    options,
  );
}

async function checksummerOf(handle: FileHandle): Promise<Checksummer> {
  const checksummer = new Checksummer();
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false }))
    checksummer.update(chunk);
  return checksummer;
}

/** Skips bytes that an earlier request has sent. */
async function* without(content: AsyncIterable<Buffer>, knownBytes: number): AsyncGenerator<Buffer> {
  let toSkip = knownBytes;
  for await (const chunk of content) {
    const fresh = chunk.subarray(Math.min(toSkip, chunk.length));
    toSkip -= chunk.length - fresh.length;
    if (fresh.length > 0) yield fresh;
  }
}
