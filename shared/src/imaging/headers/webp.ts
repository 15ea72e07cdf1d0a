import type { Header } from './header.js';

/** Of the extended header's flags. */
const ANIMATION = 0x02;
const ALPHA = 0x10;
/** A lossless picture; the canvas and the frame of an animation. */
const LOSSLESS_BYTES = 4;
const ANIMATED_BYTES = 8;
/** A lossy picture is decoded row by row, its transparency as a whole. */
const LOSSY_ALPHA_BYTES = 2;

/** @throws {RangeError} the file ends inside its header. */
export function readWebpHeader(file: Buffer): Header | undefined {
  switch (file.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return {
        format: 'webp',
        width: file.readUInt16LE(26) & 0x3fff,
        height: file.readUInt16LE(28) & 0x3fff,
        layout: { kind: 'rows', bytesPerPixel: 3 },
      };
    case 'VP8L': {
      const sides = file.readUInt32LE(21);
      const [width, height] = [(sides & 0x3fff) + 1, ((sides >>> 14) & 0x3fff) + 1];
      return { format: 'webp', width, height, layout: { kind: 'frame', bytesPerPixel: LOSSLESS_BYTES } };
    }
    case 'VP8X': {
      const [width, height] = [file.readUIntLE(24, 3) + 1, file.readUIntLE(27, 3) + 1];
      return { format: 'webp', width, height, layout: extendedLayout(file) };
    }
    default:
      return undefined;
  }
}

function extendedLayout(file: Buffer): Header['layout'] {
  const flags = file.readUInt8(20);
  if ((flags & ANIMATION) !== 0) return { kind: 'frame', bytesPerPixel: ANIMATED_BYTES };
  if (hasChunk(file, 'VP8L')) return { kind: 'frame', bytesPerPixel: LOSSLESS_BYTES };
  return (flags & ALPHA) !== 0
    ? { kind: 'frame', bytesPerPixel: LOSSY_ALPHA_BYTES }
    : { kind: 'rows', bytesPerPixel: 3 };
}

/** Reads the chunks that can come before the picture: colour profile and transparency. */
function hasChunk(file: Buffer, name: string): boolean {
  let at = 30;
  for (let count = 0; count < 8 && at + 8 <= file.length; count += 1) {
    if (file.toString('latin1', at, at + 4) === name) return true;
    const length = file.readUInt32LE(at + 4);
    at += 8 + length + (length % 2);
  }
  return false;
}
