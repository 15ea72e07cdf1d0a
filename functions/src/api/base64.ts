import { LongText } from './json-body.js';
import { Refusal } from './refusal.js';

const DATA_URL = /^data:[^,]{0,200};base64,/i;
const LONGEST_PREFIX = 220;
const SPACE = 0x20;
const PADDING = 0x3d;
/** A multiple of 4. Short strings cost V8 no new memory. */
const STEP_CHARACTERS = 16 * 1024;

/**
 * The bytes of a picture in base64, with or without line ends, or of a data URL. Standard alphabet and that of URLs (RFC 4648).
 * The bytes of a long text are overwritten by those of the picture, so it can be decoded once.
 *
 * @throws {Refusal} `invalid-request`, also if it is no text
 */
export function decodeBase64(text: unknown): Uint8Array {
  if (typeof text !== 'string' && !(text instanceof LongText)) throw notBase64();
  const isCompact = typeof text !== 'string' && !text.bytes.includes(SPACE);
  const encoded = isCompact ? text.bytes : Buffer.from(String(text).replaceAll(/\s+/g, ''));
  const [prefix = ''] = DATA_URL.exec(encoded.toString('latin1', 0, LONGEST_PREFIX)) ?? [];
  return decodeInPlace(encoded.subarray(prefix.length));
}

function decodeInPlace(encoded: Buffer): Uint8Array {
  let length = encoded.length;
  while (length > 0 && length > encoded.length - 2 && encoded[length - 1] === PADDING) length -= 1;
  let written = 0;
  for (let at = 0; at < length; at += STEP_CHARACTERS) {
    const step = encoded.toString('latin1', at, Math.min(at + STEP_CHARACTERS, length));
    written += encoded.write(step, written, 'base64');
  }
  // Node's decoder skips other characters, so there are then fewer bytes.
  if (length === 0 || length % 4 === 1 || written !== Math.floor((length * 3) / 4)) {
    throw notBase64();
  }
  return encoded.subarray(0, written);
}

function notBase64(): Refusal {
  return new Refusal('invalid-request', 'Expected the picture in base64');
}
