import type { SharpOptions } from 'sharp';
import { ImageError } from '../errors.js';
import { readJpegFrame } from './headers/jpeg.js';
import { readableShare } from './jpeg-codes.js';
import { sharp } from './libvips.js';
import type { ImageLimits, Size } from './limits.js';
import type { Condition, Lines, OpenedImage } from './opened-image.js';

/** Baseline, extended and progressive, with Huffman or arithmetic coding, and lossless. */
const READ_FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2, 0xc3, 0xc9, 0xca];
const BITS_PER_SAMPLE = 8;
/** A damaged picture is labelled if at least this share of it is readable. */
const LEAST_SHARE = 0.9;
/** A larger file would exceed the time limit of a picture: reading its codes takes 22 ms for a megabyte. */
const MOST_RECHECKED_BYTES = 8 * 1024 * 1024;
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
const START_OF_SCAN = '\xff\xda';

/** @throws {ImageError} `unsupported-format` for a kind that is not read: hierarchical, JPEG-LS, 12 or 16 bits. */
export function assertJpeg(bytes: Uint8Array): void {
  const frame = readJpegFrame(bufferOf(bytes));
  if (frame === undefined) return;
  const { marker, bitsPerSample } = frame;
  if (READ_FRAMES.includes(marker) && bitsPerSample === BITS_PER_SAMPLE) return;
  throw new ImageError(
    'unsupported-format',
    `Expected a known kind of JPEG but received the frame ${marker.toString(16)} with ${bitsPerSample} bits`,
  );
}

/**
 * A JPEG is read with libjpeg's warnings as errors. If there is a warning, the picture is damaged: its end is missing, or
 * its data are inconsistent. It is labelled nevertheless if it has enough:
 *
 * - Of a picture in one scan, 90 % of its blocks without faults.
 * - Of a progressive picture, everything before the refinement of its last bits: all of the picture, in less detail.
 *
 * Some cameras write headers that cause a warning in every picture. If all codes are readable, such a picture is whole.
 *
 * libjpeg does not warn of wrong bytes that are valid codes. They are looked for if the decoded picture has a break.
 */
export function openJpeg(bytes: Uint8Array, size: Size, limits: ImageLimits): OpenedImage {
  const options: SharpOptions = {
    limitInputPixels: limits.maxPixels,
    sequentialRead: true,
    autoOrient: true,
  };
  return {
    ...size,
    async read(use) {
      // The decoder can return every row before it detects the missing end. Whether it warns depends on timing.
      const condition = hasEnd(bytes) ? 'whole' : 'damaged';
      try {
        return await use(sharp(bytes, { ...options, failOn: 'warning' }), condition);
      } catch (error) {
        const share = readableShare(bytes);
        if (share === 1) return use(sharp(bytes, { ...options, failOn: 'none' }), condition);
        const enough = share === undefined ? withoutRefinement(bytes) : bytes;
        const isEnough = share === undefined ? await isWithoutWarning(enough, options) : share >= LEAST_SHARE;
        if (!isEnough) throw error;
        return use(sharp(enough, { ...options, failOn: 'none' }), 'damaged');
      }
    },
    ...(bytes.length <= MOST_RECHECKED_BYTES && {
      recheck: { lines: linesOf(bytes, size), condition: () => conditionOf(bytes) },
    }),
  };
}

/** @throws {ImageError} `corrupt` if too little of it is readable. */
function conditionOf(bytes: Uint8Array): Condition {
  const share = readableShare(bytes) ?? 1;
  if (share >= LEAST_SHARE) return share === 1 ? 'whole' : 'damaged';
  throw new ImageError(
    'corrupt',
    `Expected ${LEAST_SHARE * 100} % of the blocks for JPEG but received ${Math.floor(share * 100)} %`,
  );
}

/** Exif can turn a picture by 90 degrees. A square one counts as upright. */
function linesOf(bytes: Uint8Array, { width, height }: Size): Lines {
  const frame = readJpegFrame(bufferOf(bytes));
  return frame?.width === height && height !== width ? 'columns' : 'rows';
}

/** Whether an end-of-image marker follows the last scan. Other bytes may follow the marker. */
function hasEnd(bytes: Uint8Array): boolean {
  const file = bufferOf(bytes);
  const end = file.lastIndexOf(END_OF_IMAGE);
  if (end === file.length - END_OF_IMAGE.length) return true;
  return end > (scansOf(file).at(-1)?.at ?? 0);
}

/** A file in several scans, up to the refinement of its last bits. */
function withoutRefinement(bytes: Uint8Array): Buffer {
  const file = bufferOf(bytes);
  const scans = scansOf(file);
  const enough = scans.find(({ isRefinement }) => isRefinement) ?? scans.at(-1);
  return Buffer.concat([file.subarray(0, enough?.at), END_OF_IMAGE]);
}

async function isWithoutWarning(file: Uint8Array, options: SharpOptions): Promise<boolean> {
  try {
    await sharp(file, { ...options, autoOrient: false, failOn: 'warning' })
      .resize(1, 1, { fit: 'fill' })
      .raw()
      .toBuffer();
    return true;
  } catch {
    return false;
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

interface Scan {
  readonly at: number;
  /** It adds bits to coefficients that an earlier scan began. */
  readonly isRefinement: boolean;
}

/** The scans whose headers are well-formed, those of an Exif thumbnail left out. */
function scansOf(file: Buffer): readonly Scan[] {
  const scans: Scan[] = [];
  let at = file.indexOf(START_OF_SCAN, endOfMetadata(file), 'latin1');
  while (at !== -1 && at + 5 < file.length) {
    const components = file.readUInt8(at + 4);
    const approximationAt = at + 5 + components * 2 + 2;
    if (file.readUInt16BE(at + 2) === 6 + components * 2 && approximationAt < file.length)
      scans.push({ at, isRefinement: file.readUInt8(approximationAt) >> 4 > 0 });
    at = file.indexOf(START_OF_SCAN, at + 2, 'latin1');
  }
  return scans;
}

/** Behind the application segments, which may hold a JPEG of their own. */
function endOfMetadata(file: Buffer): number {
  let at = 2;
  while (at + 4 <= file.length && file[at] === 0xff && ((file[at + 1] ?? 0) & 0xf0) === 0xe0)
    at += 2 + file.readUInt16BE(at + 2);
  return at;
}
