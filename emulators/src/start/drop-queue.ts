/**
 * The upload queue for drawings, folders and the inbox. Each upload has the generation that it replaces as a precondition, so
 * that a repeated upload never creates a second generation:
 *
 *     upload "if there is no object" ──ok──► stored
 *        └ no answer, or 412 ──► find ──equal content, newer than the start of the upload──► stored
 *                                  └ otherwise upload "if the object still has this generation"
 */
import { createHash } from 'node:crypto';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { Slots } from '../events/turns.js';
import { backoff, pause } from '../processes/backoff.js';
import { BucketClient, type Stored } from './bucket-client.js';
import type { Content, Picture } from './pictures.js';
import type { Stack } from './stack.js';

/** Concurrent uploads: enough to keep two cores busy, and few enough that labelling gets most of the processor time. */
const IN_FLIGHT = 8;
const MAX_NAME_BYTES = 1024;
const MOST_ATTEMPTS = 6;
const BACKOFF = { min: 200, max: 3_000 };
/** The times of objects come from the bucket's clock. */
const CLOCK_TOLERANCE_MS = 50;
const OWNER = 'drop';

export interface Refusal {
  readonly reason: 'name-too-long' | 'invalid-name' | 'unreadable' | 'refused-by-bucket';
  readonly detail: string;
}

export interface DropListener {
  /** An upload begins. */
  dropping(picture: Picture): void;
  /** Nothing new was uploaded: the bucket has the same content under this name. */
  present(picture: Picture): void;
  refused(picture: Picture, refusal: Refusal): void;
}

/** `keep`: content that the bucket has already is not uploaded again. */
export type DropMode = 'replace' | 'keep';
export type DropOutcome = 'uploaded' | 'present' | 'refused' | 'stopped';

export class DropQueue {
  readonly #bucket: BucketClient;
  readonly #listener: DropListener;
  readonly #slots = new Slots(IN_FLIGHT);
  readonly #stopping = new AbortController();

  constructor(stack: Pick<Stack, 'bucket' | 'env'>, listener: DropListener) {
    this.#bucket = new BucketClient(stack);
    this.#listener = listener;
  }

  /** Resolves when each picture is stored or refused. @throws {UnavailableError} the bucket does not answer; the queue stops */
  async dropAll(pictures: AsyncIterable<Picture>, mode: DropMode): Promise<void> {
    const source = pictures[Symbol.asyncIterator]();
    const uploadOneAfterAnother = async () => {
      for (;;) {
        const next = await source.next();
        if (next.done || (await this.drop(next.value, mode)) === 'stopped') return;
      }
    };
    try {
      await Promise.all(Array.from({ length: IN_FLIGHT }, uploadOneAfterAnother));
    } catch (error) {
      this.stop();
      throw error;
    }
  }

  /** @throws {UnavailableError} the bucket does not answer */
  async drop(picture: Picture, mode: DropMode): Promise<DropOutcome> {
    return this.#slots.run(OWNER, async () => {
      if (this.#stopping.signal.aborted) return 'stopped';
      this.#listener.dropping(picture);
      const fault = nameFault(picture.name);
      const outcome = fault
        ? { reason: fault, detail: 'Cloud Storage does not accept this name' }
        : await this.#put(picture, mode);
      if (typeof outcome === 'string') {
        if (outcome === 'present') this.#listener.present(picture);
        return outcome;
      }
      this.#listener.refused(picture, outcome);
      return 'refused';
    });
  }

  /** Starts no more uploads and no more attempts. */
  stop(): void {
    this.#stopping.abort();
  }

  async #put(picture: Picture, mode: DropMode): Promise<Exclude<DropOutcome, 'refused'> | Refusal> {
    const startedAt = Date.now();
    let generation = '0';
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      const content = await contentOf(picture);
      if ('reason' in content) return content;
      const answer = await this.#bucket.upload(picture, { content: content.is, generation });
      // `fetch` leaves the file open if the bucket answers before it has the whole body.
      if (!Buffer.isBuffer(content.is)) content.is.destroy();
      if (answer.kind === 'stored') return 'uploaded';
      if (answer.kind === 'refused') return { reason: 'refused-by-bucket', detail: answer.detail };
      if (answer.kind === 'unreadable') return { reason: 'unreadable', detail: answer.detail };
      if (answer.kind === 'failed') {
        failures += 1;
        if (failures === MOST_ATTEMPTS)
          throw new UnavailableError(
            `Expected the bucket at ${this.#bucket.url} to answer but received ${answer.detail}`,
          );
        await pause(backoff(failures, BACKOFF), this.#stopping.signal);
      }
      const current = await this.#bucket.find(picture.name);
      if (current === 'unknown') continue;
      const isOurs =
        failures > 0 &&
        current !== undefined &&
        Date.parse(current.timeCreated ?? '') >= startedAt - CLOCK_TOLERANCE_MS;
      if (current !== undefined && (isOurs || mode === 'keep') && (await isEqual(picture, current)))
        return isOurs ? 'uploaded' : 'present';
      generation = String(current?.generation ?? 0);
    }
    return 'stopped';
  }
}

async function contentOf(picture: Picture): Promise<{ readonly is: Content } | Refusal> {
  try {
    return { is: await picture.open() };
  } catch (error) {
    return { reason: 'unreadable', detail: describeSystemError(error) };
  }
}

async function isEqual(picture: Picture, { md5Hash }: Stored): Promise<boolean> {
  const content = await contentOf(picture);
  if ('reason' in content) return false;
  const digest = createHash('md5');
  for await (const chunk of Buffer.isBuffer(content.is) ? [content.is] : content.is) digest.update(chunk);
  return digest.digest('base64') === md5Hash;
}

/** Why Cloud Storage does not accept a name: https://cloud.google.com/storage/docs/objects#naming */
export function nameFault(name: string): 'name-too-long' | 'invalid-name' | undefined {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return 'name-too-long';
  return /[\r\n]/.test(name) || name === '.' || name === '..' ? 'invalid-name' : undefined;
}
