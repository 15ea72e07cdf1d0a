import { type CRC32CValidator, Storage, type StorageOptions } from '@google-cloud/storage';
import { crc32c } from '@node-rs/crc32';

/**
 * The events that lead to a call are redelivered with backoff, so a call gives up after seconds and not, as the client does
 * by default, after minutes: three retries, at most 2 s apart.
 */
const RETRY = { maxRetries: 3, maxRetryDelay: 2 } as const;

/**
 * The client of Cloud Storage for code that transfers images. Its checksums are native: the client's own, in JavaScript,
 * takes 6 ms for a picture of 1 MB.
 */
export function storageClient(options: StorageOptions = {}): Storage {
  return new Storage({ crc32cGenerator: () => new NativeCrc32c(), retryOptions: RETRY, ...options });
}

class NativeCrc32c implements CRC32CValidator {
  #value = 0;

  update(data: Buffer): void {
    this.#value = crc32c(data, this.#value);
  }

  validate(value: string): boolean {
    return value === this.toString();
  }

  /** Four big-endian bytes in base64, the form of Cloud Storage. */
  toString(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value >>> 0);
    return bytes.toString('base64');
  }
}
