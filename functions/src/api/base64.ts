import { Refusal } from './refusal.js';

const DATA_URL = /^data:[^,]{0,200};base64,/i;
/** Standard alphabet and that of URLs (RFC 4648). */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/**
 * The bytes of a picture in base64, with or without line ends, or of a data URL. Node's decoder skips characters that are not
 * base64, so they are refused first.
 *
 * @throws {Refusal} `invalid-request`
 */
export function decodeBase64(text: string): Uint8Array {
  const encoded = text.replace(DATA_URL, '').replaceAll(/\s+/g, '');
  const isComplete = encoded.replace(/=+$/, '').length % 4 !== 1;
  if (encoded === '' || !isComplete || !BASE64.test(encoded)) {
    throw new Refusal('invalid-request', 'Expected the picture in base64');
  }
  return Buffer.from(encoded, 'base64');
}
