import { inflateSync } from 'node:zlib';
import type { Sharp, SharpOptions } from 'sharp';
import { ImageError } from '../errors.js';
import {
  assertReadable,
  COMPRESSION,
  isConverted,
  PHOTOMETRIC,
  readTiffHeader,
  SAMPLE_FORMAT,
  TAG,
  type TiffHeader,
  UNSPECIFIED_SAMPLE,
} from './headers/tiff.js';
import { sharp } from './libvips.js';
import type { ImageLimits, Size } from './limits.js';
import type { OpenedImage } from './opened-image.js';

/**
 * TIFF. libvips reads it, but these kinds differently from other programs:
 *
 * - It treats a sample of unspecified meaning as transparency. The sample is removed here.
 * - It treats integers of 32 bits as bytes. They are divided here.
 * - It takes the first page, also if this is a thumbnail or a mask. Here, the first picture is read, of a page or below it (SubIFD).
 * - It treats YCbCr without JPEG compression as RGB. Such a picture is decoded here.
 *
 * @throws {ImageError} `unsupported-format` for a kind that is not read.
 */
export function openTiff(bytes: Uint8Array, size: Size, limits: ImageLimits): OpenedImage {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const header = readTiffHeader(file);
  const open = () =>
    sharp(bytes, {
      failOn: 'error',
      limitInputPixels: limits.maxPixels,
      sequentialRead: true,
      autoOrient: true,
      ...placeOf(header),
    });
  return {
    ...size,
    async read(use) {
      if (header.photometric === PHOTOMETRIC.ycbcr && isConverted(header))
        return use(decodeYcbcr(file, header), 'whole');
      const pipeline = withBytes(open(), header);
      return use(
        header.extraSample === UNSPECIFIED_SAMPLE ? await withoutExtra(pipeline) : pipeline,
        'whole',
      );
    },
  };
}

/** Sharp's options that choose the picture. @throws {ImageError} `unsupported-format` */
export function pictureOfTiff(bytes: Uint8Array): SharpOptions {
  const header = readTiffHeader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  assertReadable(header);
  return placeOf(header);
}

function placeOf({ place: { page, subifd } }: TiffHeader): SharpOptions {
  return { page, tiff: { subifd } };
}

const BYTE_OF_32_BITS = 1 / 2 ** 24;

function withBytes(pipeline: Sharp, { bitsPerSample, sampleFormat }: TiffHeader): Sharp {
  if (bitsPerSample !== 32) return pipeline;
  return pipeline.linear(BYTE_OF_32_BITS, sampleFormat === SAMPLE_FORMAT.signed ? 128 : 0);
}

/** Before anything is resized, since resizing weighs colours by their transparency. */
async function withoutExtra(pipeline: Sharp): Promise<Sharp> {
  const { data, info } = await pipeline
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels } });
}

/** ITU-R BT.601, the default of the TIFF specification. */
const LUMA = [0.299, 0.587, 0.114];
const SUBSAMPLING = [2, 2];

/** Blocks of luma values, each with its two chroma values behind them, in strips. */
function decodeYcbcr(file: Buffer, header: TiffHeader): Sharp {
  const { width, height, values, bitsPerSample } = header;
  const [across = 2, down = 2] = [...values(TAG.ycbcrSubsampling), ...SUBSAMPLING];
  const isRead = bitsPerSample === 8 && [1, 2, 4].includes(across) && [1, 2, 4].includes(down);
  const isTiled = values(TAG.tileWidth).length > 0 || values(TAG.planarConfiguration)[0] === 2;
  if (!isRead || isTiled) throw unsupported(header);
  const toRgb = converterOf(header);
  const upright = uprightOf(header);
  const pixels = new Uint8Array(width * height * 3);
  const blocksAcross = Math.ceil(width / across);
  const blockBytes = across * down + 2;
  const rowsPerStrip = Math.max(1, Math.min(values(TAG.rowsPerStrip)[0] ?? height, height));
  const offsets = values(TAG.stripOffsets, height);
  const lengths = values(TAG.stripByteCounts, height);
  for (let top = 0, strip = 0; top < height; top += rowsPerStrip, strip += 1) {
    const rows = Math.min(rowsPerStrip, height - top);
    const stripBytes = blocksAcross * Math.ceil(rows / down) * blockBytes;
    const from = offsets[strip] ?? file.length;
    const data = decompress(file.subarray(from, from + (lengths[strip] ?? 0)), header, stripBytes);
    for (let y = 0; y < rows; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const block = (Math.floor(y / down) * blocksAcross + Math.floor(x / across)) * blockBytes;
        const luma = data.readUInt8(block + (y % down) * across + (x % across));
        const chroma = block + across * down;
        toRgb(pixels, upright.indexOf(x, top + y) * 3, [
          luma,
          data.readUInt8(chroma),
          data.readUInt8(chroma + 1),
        ]);
      }
    }
  }
  return sharp(pixels, { raw: { width: upright.width, height: upright.height, channels: 3 } });
}

/** The place of each stored pixel in the upright picture, by the orientations 1 to 8 of TIFF and Exif. */
function uprightOf({ width, height, values }: TiffHeader) {
  const [orientation = 1] = values(TAG.orientation);
  const isTurned = orientation >= 5;
  const size = isTurned ? { width: height, height: width } : { width, height };
  const isMirrored = [2, 3, 6, 7].includes(orientation);
  const isFlipped = [3, 4, 7, 8].includes(orientation);
  const indexOf = (storedX: number, storedY: number): number => {
    const [x, y] = isTurned ? [storedY, storedX] : [storedX, storedY];
    return (isFlipped ? size.height - 1 - y : y) * size.width + (isMirrored ? size.width - 1 - x : x);
  };
  return { ...size, indexOf };
}

type Ycbcr = readonly [y: number, cb: number, cr: number];

/** Black and white of luma, of Cb and of Cr. */
const FULL_RANGE = [0, 255, 128, 255, 128, 255];

function converterOf({ values }: TiffHeader) {
  const coefficients = values(TAG.ycbcrCoefficients);
  const reference = values(TAG.referenceBlackWhite);
  const [red = 0.299, green = 0.587, blue = 0.114] = coefficients.length === 3 ? coefficients : LUMA;
  const [black = 0, white = 255, cbZero = 128, cbMost = 255, crZero = 128, crMost = 255] =
    reference.length === FULL_RANGE.length ? reference : FULL_RANGE;
  return (pixels: Uint8Array, at: number, [storedY, storedCb, storedCr]: Ycbcr): void => {
    const y = ((storedY - black) * 255) / (white - black);
    const r = y + ((2 - 2 * red) * (storedCr - crZero) * 127) / (crMost - crZero);
    const b = y + ((2 - 2 * blue) * (storedCb - cbZero) * 127) / (cbMost - cbZero);
    pixels[at] = clamp(r);
    pixels[at + 1] = clamp((y - red * r - blue * b) / green);
    pixels[at + 2] = clamp(b);
  };
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

function decompress(data: Buffer, header: TiffHeader, wantedBytes: number): Buffer {
  switch (header.compression) {
    case COMPRESSION.none:
      return data;
    case COMPRESSION.deflate:
    case COMPRESSION.oldDeflate:
      return inflateSync(data, { maxOutputLength: Math.max(1, wantedBytes) });
    default:
      throw unsupported(header);
  }
}

function unsupported({ compression, bitsPerSample, values }: TiffHeader): ImageError {
  return new ImageError(
    'unsupported-format',
    `Expected YCbCr in strips, 8 bits, without compression or with deflate, for TIFF but received compression ${compression}, ${bitsPerSample} bits, ${values(TAG.tileWidth).length > 0 ? 'tiles' : 'strips'}`,
  );
}
