import type { Header } from './header.js';

/** The canvas of four channels, and the indices of one frame. */
const BYTES_PER_PIXEL = 5;

/** @throws {RangeError} the file ends inside its header. */
export function readGifHeader(file: Buffer): Header {
  return {
    format: 'gif',
    width: file.readUInt16LE(6),
    height: file.readUInt16LE(8),
    layout: { kind: 'frame', bytesPerPixel: BYTES_PER_PIXEL },
  };
}
