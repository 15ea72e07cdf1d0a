import { promisify } from 'node:util';
import { gunzip as gunzipWithCallback } from 'node:zlib';
import { ImageError, type RejectionCode } from '../../errors.js';

const gunzip = promisify(gunzipWithCallback);

/** Faults of the content by the code of Node's error. */
const FAULTS: Readonly<Record<string, readonly [code: RejectionCode, found: string]>> = {
  ERR_BUFFER_TOO_LARGE: ['too-many-bytes', 'more'],
  Z_BUF_ERROR: ['truncated', 'content that ends too early'],
  Z_DATA_ERROR: ['corrupt', 'damaged content'],
};

/**
 * The content of an object that is stored with `Content-Encoding: gzip`. Content that is not gzip, whatever its metadata
 * says, is returned as it is.
 *
 * @param maxBytes unzipping ends when there are more
 * @throws {ImageError} too-many-bytes, truncated or corrupt
 */
export async function unzip(content: Buffer, maxBytes: number, name: string): Promise<Buffer> {
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content;
  try {
    return await gunzip(content, { maxOutputLength: maxBytes });
  } catch (error) {
    const fault = FAULTS[String((error as NodeJS.ErrnoException).code)];
    if (fault === undefined) throw error;
    const [code, found] = fault;
    throw new ImageError(
      code,
      `Expected whole gzip content of at most ${maxBytes} bytes for ${name} but received ${found}`,
      {
        cause: error,
      },
    );
  }
}
