import type { SharpOptions } from 'sharp';
import { ImageError } from '../errors.js';
import { readJpegFrame } from './headers/jpeg.js';
import { sharp } from './libvips.js';
import type { ImageLimits, Size } from './limits.js';
import type { OpenedImage } from './opened-image.js';

/** Baseline, extended and progressive, with Huffman or arithmetic coding, and lossless. */
const READ_FRAMES: readonly number[] = [0xc0, 0xc1, 0xc2, 0xc3, 0xc9, 0xca];
const BITS_PER_SAMPLE = 8;
/** A damaged picture is labelled if it has at least this share of its rows. */
const LEAST_SHARE = 0.9;
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
const START_OF_SCAN = '\xff\xda';

/** @throws {ImageError} `unsupported-format` for a kind that is not read: hierarchical, JPEG-LS, 12 or 16 bits. */
export function assertJpeg(bytes: Uint8Array): void {
  const frame = readJpegFrame(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
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
 * its data are inconsistent. It is labelled nevertheless if it has enough before the damage:
 *
 * - Of a picture in one scan, the first 90 % of its rows.
 * - Of a progressive picture, everything before the refinement of its last bits: all of the picture, in less detail.
 *
 * Some cameras write headers that cause a warning in every picture. If the first row has a warning, the amount of good
 * data cannot be measured, and only missing data are an error.
 *
 * Damage without a warning is not found: wrong bytes that are also valid codes and contain no marker. To find it, all codes would
 * have to be read a second time.
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
      try {
        // The decoder can return every row before it detects the missing end. Whether it warns depends on timing.
        const state = hasEnd(bytes) ? 'whole' : 'damaged';
        return await use(sharp(bytes, { ...options, failOn: 'warning' }), state);
      } catch (error) {
        const parts = partsOf(bytes);
        if (await isWithoutWarning(parts.enough, options))
          return use(sharp(parts.enough.file, { ...options, failOn: 'none' }), 'damaged');
        if (parts.first === undefined || (await isWithoutWarning(parts.first, options))) throw error;
        return use(sharp(bytes, { ...options, failOn: 'error' }), 'damaged');
      }
    },
  };
}

/** Whether an end-of-image marker follows the last scan. Other bytes may follow the marker. */
function hasEnd(bytes: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = file.lastIndexOf(END_OF_IMAGE);
  if (end === file.length - END_OF_IMAGE.length) return true;
  return end > (scansOf(file).at(-1)?.at ?? 0);
}

interface Part {
  readonly file: Uint8Array;
  /** Share of its rows, from the top. */
  readonly share: number;
}

/** The part that a file with a warning must have and, for a picture in one scan, the part that is read first. */
function partsOf(bytes: Uint8Array): { readonly enough: Part; readonly first?: Part } {
  const file = Buffer.concat([bytes, END_OF_IMAGE]);
  const scans = scansOf(file);
  if (scans.length < 2) return { enough: { file, share: LEAST_SHARE }, first: { file, share: 0 } };
  const enough = scans.find(({ isRefinement }) => isRefinement) ?? scans.at(-1);
  return { enough: { file: Buffer.concat([file.subarray(0, enough?.at), END_OF_IMAGE]), share: 1 } };
}

async function isWithoutWarning({ file, share }: Part, options: SharpOptions): Promise<boolean> {
  const stored = sharp(file, { ...options, autoOrient: false, failOn: 'warning' });
  try {
    const { width, height } = await stored.metadata();
    await stored
      .extract({ left: 0, top: 0, width, height: Math.max(1, Math.ceil(height * share)) })
      .resize(1, 1, { fit: 'fill' })
      .raw()
      .toBuffer();
    return true;
  } catch {
    return false;
  }
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
