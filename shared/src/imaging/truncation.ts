import type { Format } from './format.js';
import { readTiffHeader } from './headers/tiff.js';

/**
 * Whether a file that could not be decoded lacks its end, judged by its own structure. It only picks the reason
 * (`truncated` or `corrupt`) for a picture that a decoder has already refused.
 */
export function lacksItsEnd(format: Format, bytes: Uint8Array): boolean {
  return ENDINGS[format](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

const ENDINGS: Readonly<Record<Format, (file: Buffer) => boolean>> = {
  // An Exif thumbnail is a JPEG with an end of its own, but it lies before the start of the picture's last scan.
  jpeg: (file) =>
    file.lastIndexOf('\xff\xd9', undefined, 'latin1') <= file.lastIndexOf('\xff\xda', undefined, 'latin1'),
  png: (file) => !file.includes('IEND', 0, 'latin1'),
  gif: (file) => file.at(-1) !== 0x3b,
  webp: (file) => file.length < 12 || file.readUInt32LE(4) + 8 > file.length,
  bmp: (file) => file.length < 26 || file.readUInt32LE(2) > file.length,
  tiff: tiffEndsEarly,
  avif: boxesEndEarly,
  heic: boxesEndEarly,
};

/** The directory of its picture, which offsets lead to, must be inside the file. Pixel data is not checked. */
function tiffEndsEarly(file: Buffer): boolean {
  try {
    readTiffHeader(file);
    return false;
  } catch (error) {
    if (error instanceof RangeError) return true;
    throw error;
  }
}

/** Walks the top-level boxes of an ISO base media file: size, kind, content. */
function boxesEndEarly(file: Buffer): boolean {
  let at = 0;
  while (at + 8 <= file.length) {
    const size = file.readUInt32BE(at);
    if (size === 0) return false; // The last box, up to the end of the file.
    if (size === 1) return at + 16 > file.length || at + Number(file.readBigUInt64BE(at + 8)) > file.length;
    if (size < 8) return false; // An invalid size, which does not mean that the end is missing.
    at += size;
  }
  return at !== file.length;
}
