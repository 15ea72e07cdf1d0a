import { readBmpHeader } from '../bmp-header.js';
import type { Format } from '../format.js';
import { readGifHeader } from './gif.js';
import type { Header } from './header.js';
import { readHeifHeader } from './heif.js';
import { readJpegHeader } from './jpeg.js';
import { readPngHeader } from './png.js';
import { readTiffHeader } from './tiff.js';
import { readWebpHeader } from './webp.js';

const READERS: Readonly<Record<Format, (file: Buffer) => Header | undefined>> = {
  jpeg: readJpegHeader,
  png: readPngHeader,
  webp: readWebpHeader,
  gif: readGifHeader,
  tiff: readTiffHeader,
  avif: (file) => readHeifHeader(file, 'avif'),
  heic: (file) => readHeifHeader(file, 'heic'),
  bmp: (file) => {
    const { width, height } = readBmpHeader(file);
    return { format: 'bmp', width, height, layout: { kind: 'frame', bytesPerPixel: 3 } };
  },
};

/**
 * Reads the header of a picture. It takes some microseconds, and nothing in the bytes can make it take long, so the
 * process that serves may do it.
 * @returns undefined if the header is not what it should be: the decoder then says why
 */
export function readHeader(format: Format, bytes: Uint8Array): Header | undefined {
  try {
    return READERS[format](Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  } catch {
    return undefined;
  }
}
