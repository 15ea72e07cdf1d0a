import type { Header } from './header.js';

/** Channels by colour type. A palette may have transparency, which its header does not say. */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 4, 4: 2, 6: 4 };

/** An interlaced picture is decoded as a whole. @throws {RangeError} the file ends inside its header. */
export function readPngHeader(file: Buffer): Header {
  const bytesPerSample = file.readUInt8(24) > 8 ? 2 : 1;
  const bytesPerPixel = (CHANNELS[file.readUInt8(25)] ?? 4) * bytesPerSample;
  return {
    format: 'png',
    width: file.readUInt32BE(16),
    height: file.readUInt32BE(20),
    layout: { kind: file.readUInt8(28) === 0 ? 'rows' : 'frame', bytesPerPixel },
  };
}
