/** Puts pictures into the bucket, a few at a time, and tells what became of each. */
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import type { Picture } from './pictures.js';

/** Uploads in flight: enough to keep two cores busy, few enough to leave them for the labels. */
const IN_FLIGHT = 8;
const MAX_NAME_BYTES = 1024;

export interface DropListener {
  dropping(picture: Picture): void;
  refused(picture: Picture, reason: string): void;
}

/** @returns once every picture is in the bucket or refused; throws where the bucket itself cannot be reached */
export async function drop(
  pictures: AsyncIterable<Picture> | Iterable<Picture>,
  bucket: Bucket,
  listener: DropListener,
): Promise<void> {
  const source = (async function* () {
    yield* pictures;
  })();
  const carry = async () => {
    for await (const picture of source) {
      listener.dropping(picture);
      await put(picture, bucket, listener);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, carry));
}

async function put(picture: Picture, bucket: Bucket, listener: DropListener): Promise<void> {
  const fault = nameFault(picture.name);
  if (fault !== undefined) return listener.refused(picture, fault);
  const file = bucket.file(picture.name);
  const options = { resumable: false, ...(picture.contentType && { contentType: picture.contentType }) };
  const content = picture.open();
  if (Buffer.isBuffer(content)) await file.save(content, options);
  else await pipeline(content, file.createWriteStream(options));
}

/** What Cloud Storage does not take as a name: https://cloud.google.com/storage/docs/objects#naming */
export function nameFault(name: string): string | undefined {
  const bytes = Buffer.byteLength(name);
  if (bytes > MAX_NAME_BYTES) return 'name-too-long';
  return /[\r\n]/.test(name) || name === '.' || name === '..' ? 'invalid-name' : undefined;
}
