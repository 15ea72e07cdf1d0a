import { type CRC32CValidator, Storage, type StorageOptions } from '@google-cloud/storage';
import { crc32c } from '@node-rs/crc32';

/**
 * Whoever calls is called again with a backoff of its own, so a bucket in trouble is given seconds and not the client's
 * own patience of minutes: three tries more, at most 2 s apart.
 */
const RETRY = { maxRetries: 3, maxRetryDelay: 2 } as const;

/** The client of Cloud Storage for whatever moves images. Checksums are native: the client's own, in JavaScript, takes
 * 6 ms for a picture of 1 MB. */
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

  /** Four big-endian bytes in base64, as Cloud Storage writes it. */
  toString(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value >>> 0);
    return bytes.toString('base64');
  }
}
