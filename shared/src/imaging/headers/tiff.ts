import { ImageError } from '../../errors.js';
import type { Header } from './header.js';

/** What the first directory of a TIFF says of its picture. */
export interface TiffHeader extends Header {
  readonly format: 'tiff';
  readonly compression: number;
  readonly photometric: number;
  readonly bitsPerSample: number;
  readonly samplesPerPixel: number;
  readonly sampleFormat: number;
  /** The meaning of the first sample after the colours; undefined if there are only colours. */
  readonly extraSample: number | undefined;
  readonly littleEndian: boolean;
  /** The values of any tag with numbers. */
  readonly values: (tag: number) => readonly number[];
}

export const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  tileWidth: 322,
  tileHeight: 323,
  extraSamples: 338,
  sampleFormat: 339,
  ycbcrCoefficients: 529,
  ycbcrSubsampling: 530,
  referenceBlackWhite: 532,
} as const;

export const COMPRESSION = { none: 1, jpeg: 7, deflate: 8, oldDeflate: 32946 } as const;
export const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5, ycbcr: 6 } as const;
export const SAMPLE_FORMAT = { unsigned: 1, signed: 2, float: 3 } as const;
/** `ExtraSamples`: 0 means an unknown purpose; 1 and 2 mean transparency. */
export const UNSPECIFIED_SAMPLE = 0;

/** What the prebuilt libtiff reads: CCITT, none, LZW, JPEG, deflate, PackBits, WebP. */
const READ_COMPRESSIONS: readonly number[] = [2, 3, 4, 1, 5, 7, 8, 32773, 32946, 50001];
const COLOURS: Readonly<Record<number, number>> = {
  [PHOTOMETRIC.whiteIsZero]: 1,
  [PHOTOMETRIC.blackIsZero]: 1,
  [PHOTOMETRIC.rgb]: 3,
  [PHOTOMETRIC.palette]: 1,
  [PHOTOMETRIC.cmyk]: 4,
  [PHOTOMETRIC.ycbcr]: 3,
};
const MAX_ENTRIES = 4_096;
const SEPARATE_PLANES = 2;
/** Measured. */
const PLANES_OVERHEAD = 1.3;
/** The picture in 8 bits, twice. */
const CONVERTED_BYTES = 6;

/**
 * @throws {RangeError} the file ends inside its header.
 * @throws {ImageError} `unsupported-format` for a kind that is not read.
 */
export function readTiffHeader(file: Buffer): TiffHeader {
  const { values, littleEndian } = readDirectory(file);
  const first = (tag: number, fallback: number): number => values(tag)[0] ?? fallback;
  const samplesPerPixel = first(TAG.samplesPerPixel, 1);
  const photometric = first(TAG.photometric, PHOTOMETRIC.blackIsZero);
  const colours = COLOURS[photometric] ?? samplesPerPixel;
  const header = {
    format: 'tiff',
    width: first(TAG.width, 0),
    height: first(TAG.height, 0),
    compression: first(TAG.compression, COMPRESSION.none),
    photometric,
    bitsPerSample: first(TAG.bitsPerSample, 1),
    samplesPerPixel,
    sampleFormat: first(TAG.sampleFormat, SAMPLE_FORMAT.unsigned),
    extraSample: samplesPerPixel > colours ? first(TAG.extraSamples, UNSPECIFIED_SAMPLE) : undefined,
    littleEndian,
    values,
  } as const;
  return { ...header, layout: layoutOf(header) };
}

/** @throws {ImageError} `unsupported-format` */
export function assertReadable({
  compression,
  photometric,
  samplesPerPixel,
  sampleFormat,
}: TiffHeader): void {
  const colours = COLOURS[photometric];
  // The range of the values is not known: a picture of grey floats does not define which value is white.
  const hasScale = sampleFormat !== SAMPLE_FORMAT.float || photometric === PHOTOMETRIC.rgb;
  const isRead = READ_COMPRESSIONS.includes(compression) && colours !== undefined && hasScale;
  if (isRead && samplesPerPixel <= colours + 1) return;
  throw new ImageError(
    'unsupported-format',
    `Expected a known kind of TIFF but received compression ${compression}, photometric interpretation ${photometric} with ${samplesPerPixel} samples`,
  );
}

function layoutOf(header: Omit<TiffHeader, 'layout'>): Header['layout'] {
  const { photometric, samplesPerPixel, bitsPerSample, values } = header;
  const samples = photometric === PHOTOMETRIC.palette ? 3 : samplesPerPixel;
  const bytesPerPixel = samples * Math.max(1, Math.ceil(bitsPerSample / 8));
  const [tileWidth] = values(TAG.tileWidth);
  const [tileHeight] = values(TAG.tileHeight);
  if (tileWidth !== undefined && tileHeight !== undefined)
    return { kind: 'tiles', bytesPerPixel, tile: { width: tileWidth, height: tileHeight } };
  if (isConverted(header)) return { kind: 'frame', bytesPerPixel: bytesPerPixel + CONVERTED_BYTES };
  return values(TAG.planarConfiguration)[0] === SEPARATE_PLANES
    ? { kind: 'frame', bytesPerPixel: bytesPerPixel * PLANES_OVERHEAD }
    : { kind: 'rows', bytesPerPixel };
}

/** libvips gives wrong colours for these kinds, so `tiff.ts` converts them, which needs the whole picture in memory. */
export function isConverted({
  photometric,
  compression,
  extraSample,
}: Pick<TiffHeader, 'photometric' | 'compression' | 'extraSample'>): boolean {
  return (
    extraSample === UNSPECIFIED_SAMPLE ||
    (photometric === PHOTOMETRIC.ycbcr && compression !== COMPRESSION.jpeg)
  );
}

interface Directory {
  readonly values: (tag: number) => readonly number[];
  readonly littleEndian: boolean;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Offset of the value or, if the value does not fit, of its offset. */
  readonly at: number;
}

const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 5: 8, 16: 8 };

function readDirectory(file: Buffer): Directory {
  const littleEndian = file.readUInt8(0) === 0x49;
  const uint16 = (at: number): number => (littleEndian ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const uint32 = (at: number): number => (littleEndian ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const uint64 = (at: number): number =>
    Number(littleEndian ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
  const isBig = uint16(2) === 43;
  const [entryBytes, inlineBytes, offsetOf] = isBig ? ([20, 8, uint64] as const) : ([12, 4, uint32] as const);
  const start = offsetOf(isBig ? 8 : 4);
  const count = Math.min(isBig ? uint64(start) : uint16(start), MAX_ENTRIES);
  const entries = new Map<number, Entry>();
  for (let index = 0; index < count; index += 1) {
    const at = start + (isBig ? 8 : 2) + index * entryBytes;
    const [tag, type, length] = [uint16(at), uint16(at + 2), offsetOf(at + 4)];
    if (!entries.has(tag)) entries.set(tag, { type, count: length, at: at + (isBig ? 12 : 8) });
  }
  const read: Readonly<Record<number, (at: number) => number>> = {
    1: (at) => file.readUInt8(at),
    3: uint16,
    4: uint32,
    5: (at) => uint32(at) / uint32(at + 4),
    16: uint64,
  };
  return {
    littleEndian,
    values(tag) {
      const entry = entries.get(tag);
      const bytes = TYPE_BYTES[entry?.type ?? 0];
      const readOne = read[entry?.type ?? 0];
      if (entry === undefined || bytes === undefined || readOne === undefined) return [];
      const from = bytes * entry.count <= inlineBytes ? entry.at : offsetOf(entry.at);
      // A count beyond the file ends with a RangeError at the file's end.
      return Array.from({ length: Math.min(entry.count, file.length) }, (_, index) =>
        readOne(from + index * bytes),
      );
    },
  };
}
