import { ImageError } from '../../errors.js';
import type { Header } from './header.js';
import { type DirectoryPlace, directoryOfPicture, type TagValues } from './tiff-directory.js';

/** What a TIFF's directory says of its picture. */
export interface TiffHeader extends Header {
  readonly format: 'tiff';
  readonly compression: number;
  readonly photometric: number;
  readonly bitsPerSample: number;
  readonly samplesPerPixel: number;
  readonly sampleFormat: number;
  /** The meaning of the first sample after the colours; undefined if there are only colours. */
  readonly extraSample: number | undefined;
  readonly place: DirectoryPlace;
  readonly values: TagValues;
}

export const TAG = {
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  stripOffsets: 273,
  orientation: 274,
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
export const SAMPLE_FORMAT = { unsigned: 1, signed: 2, undefined: 4 } as const;
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
const SEPARATE_PLANES = 2;
/** Measured. */
const PLANES_OVERHEAD = 1.3;
/** The picture in 8 bits, twice. */
const CONVERTED_BYTES = 6;

/** Of the first picture that is neither a thumbnail nor a mask. @throws {RangeError} the file ends inside its header. */
export function readTiffHeader(file: Buffer): TiffHeader {
  const { values, place } = directoryOfPicture(file);
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
    place,
    values,
  } as const;
  return { ...header, layout: layoutOf(header) };
}

/** @throws {ImageError} `unsupported-format` for a kind that is not read. */
export function assertReadable(header: TiffHeader): void {
  if (isReadable(header)) return;
  const { compression, photometric, samplesPerPixel, bitsPerSample, sampleFormat } = header;
  throw new ImageError(
    'unsupported-format',
    `Expected a known kind of TIFF but received compression ${compression}, photometric interpretation ${photometric} with ${samplesPerPixel} samples of ${bitsPerSample} bits, sample format ${sampleFormat}`,
  );
}

function isReadable(header: TiffHeader): boolean {
  const { compression, photometric, samplesPerPixel, values } = header;
  const colours = COLOURS[photometric];
  if (colours === undefined || samplesPerPixel > colours + 1) return false;
  const isTiledPlanes =
    values(TAG.tileWidth).length > 0 && values(TAG.planarConfiguration)[0] === SEPARATE_PLANES;
  return READ_COMPRESSIONS.includes(compression) && !isTiledPlanes && hasReadableSamples(header);
}

/**
 * Integers only: floats have no defined range, and some programs write linear light, others gamma-corrected values. libvips reads
 * signed integers as unsigned ones; `tiff.ts` corrects those of 32 bits.
 */
function hasReadableSamples(header: TiffHeader): boolean {
  const { bitsPerSample, photometric, samplesPerPixel, sampleFormat, extraSample, values } = header;
  if (values(TAG.bitsPerSample).some((bits) => bits !== bitsPerSample)) return false;
  const isUnsigned = sampleFormat === SAMPLE_FORMAT.unsigned || sampleFormat === SAMPLE_FORMAT.undefined;
  switch (bitsPerSample) {
    case 1:
    case 2:
    case 4:
      return isUnsigned && samplesPerPixel === 1;
    case 8:
    case 16:
      return isUnsigned;
    case 32: {
      const isTransparent = extraSample !== undefined && extraSample !== UNSPECIFIED_SAMPLE;
      const isInteger = isUnsigned || sampleFormat === SAMPLE_FORMAT.signed;
      return isInteger && !isTransparent && photometric !== PHOTOMETRIC.cmyk;
    }
    default:
      return false;
  }
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
