import { ImageError } from '../errors.js';
import type { Size } from './limits.js';

/** Which bits of a pixel hold a channel. A mask of 0 means: no such channel. */
export interface Masks {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

export interface BmpHeader extends Size {
  readonly topDown: boolean;
  readonly encoding: 'indexed' | 'rle' | 'masked';
  readonly bitsPerPixel: number;
  readonly masks: Masks;
  /** Red, green, blue of each entry, one after another. */
  readonly palette: Uint8Array;
  readonly pixelsAt: number;
}

const FILE_HEADER_BYTES = 14;
const OS2_HEADER_BYTES = 12;
const INFO_HEADER_BYTES = 40;
const ALPHA_MASK_HEADER_BYTES = 56;

const COMPRESSION = { none: 0, rle8: 1, rle4: 2, bitfields: 3, alphaBitfields: 6 } as const;

const DEFAULT_MASKS: Readonly<Record<number, Masks>> = {
  16: { red: 0x7c00, green: 0x03e0, blue: 0x001f, alpha: 0 },
  24: { red: 0xff0000, green: 0xff00, blue: 0xff, alpha: 0 },
  32: { red: 0xff0000, green: 0xff00, blue: 0xff, alpha: 0 },
};
const NO_MASKS: Masks = { red: 0, green: 0, blue: 0, alpha: 0 };

/**
 * The headers of Windows 2 to 5 and OS/2. A picture inside a bitmap (JPEG, PNG) and OS/2's Huffman and 24-bit
 * run lengths are not read.
 * @throws {ImageError} `unsupported-format` for a kind that is not read.
 * @throws {RangeError} the file ends inside its header.
 */
export function readBmpHeader(file: Buffer): BmpHeader {
  const headerBytes = file.readUInt32LE(FILE_HEADER_BYTES);
  const isOs2 = headerBytes === OS2_HEADER_BYTES;
  const width = isOs2 ? file.readUInt16LE(18) : file.readInt32LE(18);
  const signedHeight = isOs2 ? file.readUInt16LE(20) : file.readInt32LE(22);
  const bitsPerPixel = file.readUInt16LE(isOs2 ? 24 : 28);
  const compression = headerBytes < 20 ? COMPRESSION.none : file.readUInt32LE(30);
  const masks = readMasks(file, { headerBytes, bitsPerPixel, compression });
  return {
    width,
    height: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    encoding: encodingOf(bitsPerPixel, compression),
    bitsPerPixel,
    masks,
    palette: readPalette(file, { headerBytes, bitsPerPixel, compression }),
    pixelsAt: file.readUInt32LE(10),
  };
}

interface Kind {
  readonly headerBytes: number;
  readonly bitsPerPixel: number;
  readonly compression: number;
}

function encodingOf(bitsPerPixel: number, compression: number): BmpHeader['encoding'] {
  const isIndexed = [1, 2, 4, 8].includes(bitsPerPixel);
  if (isIndexed && compression === COMPRESSION.none) return 'indexed';
  if (bitsPerPixel === 8 && compression === COMPRESSION.rle8) return 'rle';
  if (bitsPerPixel === 4 && compression === COMPRESSION.rle4) return 'rle';
  const hasMasks = compression === COMPRESSION.bitfields || compression === COMPRESSION.alphaBitfields;
  if ([16, 24, 32].includes(bitsPerPixel) && (compression === COMPRESSION.none || hasMasks)) return 'masked';
  throw new ImageError(
    'unsupported-format',
    `Expected a known kind of BMP but received ${bitsPerPixel} bits per pixel with compression ${compression}`,
  );
}

function readMasks(file: Buffer, { headerBytes, bitsPerPixel, compression }: Kind): Masks {
  const hasMasks = compression === COMPRESSION.bitfields || compression === COMPRESSION.alphaBitfields;
  if (!hasMasks || bitsPerPixel === 24) return DEFAULT_MASKS[bitsPerPixel] ?? NO_MASKS;
  const hasAlpha = headerBytes >= ALPHA_MASK_HEADER_BYTES || compression === COMPRESSION.alphaBitfields;
  return {
    red: file.readUInt32LE(54),
    green: file.readUInt32LE(58),
    blue: file.readUInt32LE(62),
    alpha: hasAlpha ? file.readUInt32LE(66) : 0,
  };
}

function readPalette(file: Buffer, { headerBytes, bitsPerPixel }: Kind): Uint8Array {
  if (bitsPerPixel > 8) return new Uint8Array(0);
  const entryBytes = headerBytes === OS2_HEADER_BYTES ? 3 : 4;
  const capacity = 2 ** bitsPerPixel;
  const stated = headerBytes >= INFO_HEADER_BYTES ? file.readUInt32LE(46) : 0;
  const count = stated === 0 ? capacity : Math.min(stated, capacity);
  // Masks, which would lie between, belong to pixels that have no palette.
  const startsAt = FILE_HEADER_BYTES + headerBytes;
  const palette = new Uint8Array(count * 3);
  for (let entry = 0; entry < count; entry += 1) {
    const at = startsAt + entry * entryBytes;
    palette.set([file.readUInt8(at + 2), file.readUInt8(at + 1), file.readUInt8(at)], entry * 3);
  }
  return palette;
}
