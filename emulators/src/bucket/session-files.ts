/**
 * The two files of an upload session: `ID.json`, what is being uploaded, and `ID.part`, the bytes so far. How far an
 * upload has come is the length of the latter, so it survives a restart; only its checksum is read anew then.
 */

import { type FileHandle, mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { z } from 'zod';
import { ApiError, invalid } from './api-error.js';
import { Checksummer } from './checksums.js';
import { type ContentFiles, newContentId } from './content-files.js';
import { Newest } from './newest.js';
import { type ContentId, contentIdSchema, settingsSchema } from './record.js';

/** As long as Cloud Storage keeps a session. */
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
});
export type UploadSession = z.infer<typeof sessionSchema>;

/** Bytes to follow those that arrived before, which may come again. */
export interface Continuation {
  readonly content: AsyncIterable<Buffer>;
  readonly firstByte: number;
  /** Of the whole object. */
  readonly maxBytes: number;
}

export class SessionFiles {
  /** Of sessions that this process has read or written the bytes of. */
  readonly #checksummers = new Newest<ContentId, Checksummer>();

  constructor(
    private readonly directory: string,
    private readonly contents: ContentFiles,
  ) {}

  /** Creates the directory and removes the sessions that have run out. */
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

  /** @returns of all the bytes so far @throws {ApiError} 400: a gap; 413 */
  async append(id: ContentId, { content, firstByte, maxBytes }: Continuation): Promise<Checksummer> {
    const handle = await open(this.#path(id, 'part'), 'a+');
    try {
      const checksummer = this.#checksummers.get(id) ?? (await checksummerOf(handle));
      this.#checksummers.set(id, checksummer);
      const knownBytes = checksummer.sizeBytes - firstByte;
      if (knownBytes < 0) {
        throw invalid(
          `Expected the upload to go on at byte ${checksummer.sizeBytes} but received ${firstByte}`,
        );
      }
      try {
        await this.contents.append(without(content, knownBytes), { handle, checksummer, maxBytes });
      } finally {
        // A write that failed half way leaves bytes that were not hashed.
        await handle.truncate(checksummer.sizeBytes);
      }
      await this.contents.flush(handle);
      return checksummer;
    } finally {
      await handle.close();
    }
  }

  /** Gives the bytes away, to be the content of an object. */
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
    'Expected the id of an open upload session; begin the upload again',
    options,
  );
}

async function checksummerOf(handle: FileHandle): Promise<Checksummer> {
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
