import { ImageError } from '../errors.js';
import { type Format, sniffFormat } from './format.js';
import type { Header } from './headers/header.js';
import { readHeader } from './headers/read-header.js';
import type { ImageLimits } from './limits.js';

/**
 * The memory and time that decoding a picture needs, estimated from its header. The figures are upper bounds of measured values:
 * see the table in docs/memory.md.
 */
export interface DecodeDemand {
  /** In addition to the memory of an idle worker. */
  readonly memoryBytes: number;
  /** Of processor time; 0 if the usual limit is enough. */
  readonly decodeMs: number;
}

const BASE_BYTES = 16_000_000;
/** The most rows that a picture needs in memory if it is decoded row by row. */
const BUFFERED_ROWS = 1_300;
const ROW_OVERHEAD = 1.35;
const FRAME_OVERHEAD = 1.1;
/** While an encoded picture is sent to the worker, three copies exist: the sent one, the received parts, and the joined one. */
const COPIES = 3;
/** libnsgif keeps data of every frame of an animation. */
const GIF_BYTES_PER_ENCODED_BYTE = 6;
/** If the header cannot be read, the decoder refuses the picture, or decoding it needs little memory. */
const LEAST_BYTES = 64_000_000;
/** The decoders of these formats decode every pixel, even if a small picture is wanted. */
const DECODE_MS_PER_PIXEL: Partial<Record<Format, number>> = { heic: 100e-6, avif: 100e-6 };

/** Bytes of memory that the decoder needs at most. */
export function decodeCost({ width, height, layout }: Header): number {
  switch (layout.kind) {
    case 'rows':
      return BASE_BYTES + rowBytes(width, height) * layout.bytesPerPixel;
    case 'tiles': {
      const { width: tileWidth, height: tileHeight } = layout.tile;
      // Two rows of tiles, and the one that is being read.
      const tiles = 2 * Math.ceil(width / tileWidth) + 1;
      const pixels = tiles * tileWidth * tileHeight + rowBytes(width, height);
      return BASE_BYTES + pixels * layout.bytesPerPixel;
    }
    case 'frame':
      return BASE_BYTES + width * height * layout.bytesPerPixel * FRAME_OVERHEAD;
  }
}

function rowBytes(width: number, height: number): number {
  return width * Math.min(height, BUFFERED_ROWS) * ROW_OVERHEAD;
}

/** @returns what the encoded picture needs in its worker, by its header; never above the limit */
export function decodeDemand(bytes: Uint8Array, { maxDecodeBytes }: ImageLimits): DecodeDemand {
  const format = formatOf(bytes);
  const header = format === undefined ? undefined : readHeader(format, bytes);
  const memoryBytes = memoryOf(bytes, header);
  // A picture that needs more is refused before it is decoded.
  if (header === undefined || memoryBytes > maxDecodeBytes) return { memoryBytes: LEAST_BYTES, decodeMs: 0 };
  const decodeMs = header.width * header.height * (DECODE_MS_PER_PIXEL[header.format] ?? 0);
  return { memoryBytes: Math.max(LEAST_BYTES, memoryBytes), decodeMs };
}

/** @throws {ImageError} `too-large-to-decode` */
export function assertDecodeCost(bytes: Uint8Array, header: Header, { maxDecodeBytes }: ImageLimits): void {
  const memoryBytes = memoryOf(bytes, header);
  if (memoryBytes <= maxDecodeBytes) return;
  const { format, width, height } = header;
  throw new ImageError(
    'too-large-to-decode',
    `Expected at most ${maxDecodeBytes} bytes of memory for ${format} but ${width} x ${height} need ${Math.ceil(memoryBytes)}`,
  );
}

function memoryOf(bytes: Uint8Array, header: Header | undefined): number {
  if (header === undefined) return 0;
  const perByte = COPIES + (header.format === 'gif' ? GIF_BYTES_PER_ENCODED_BYTE : 0);
  return decodeCost(header) + bytes.length * perByte;
}

function formatOf(bytes: Uint8Array): Format | undefined {
  try {
    return sniffFormat(bytes);
  } catch (error) {
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}
