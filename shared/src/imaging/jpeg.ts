import type { SharpOptions } from 'sharp';
import { sharp } from './libvips.js';
import type { ImageLimits, Size } from './limits.js';
import type { OpenedImage } from './opened-image.js';

/** Of the rows, this share must be there for a damaged picture to be labelled. */
const LEAST_SHARE = 0.9;
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);
const START_OF_SCAN = '\xff\xda';

/**
 * A JPEG is read with libjpeg's warnings as errors. Where there is one, the picture is damaged: it lacks its end, or its
 * data contradict themselves. It is labelled all the same where enough of it is there before the damage:
 *
 * - Of a picture in one scan, the first 90 % of its rows.
 * - Of a progressive picture, everything before the refinement of its last bits: all of the picture, in less detail.
 *
 * What libjpeg does not notice is not found: other bytes that are valid codes as well, without a marker among them. To find
 * those, all codes would have to be read a second time.
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
        return await use(sharp(bytes, { ...options, failOn: 'warning' }), 'whole');
      } catch (error) {
        const remainder = await readableRemainder(bytes, options);
        if (remainder === undefined) throw error;
        return use(sharp(remainder, { ...options, failOn: 'none' }), 'damaged');
      }
    },
  };
}

/** @returns the file as far as it is to be decoded; undefined if too much is damaged or missing */
async function readableRemainder(bytes: Uint8Array, options: SharpOptions): Promise<Uint8Array | undefined> {
  const file = Buffer.concat([bytes, END_OF_IMAGE]);
  const scans = scansOf(file);
  const isProgressive = scans.length > 1;
  const cut = scans.find(({ isRefinement }) => isRefinement) ?? scans.at(-1);
  const remainder =
    isProgressive && cut !== undefined ? Buffer.concat([file.subarray(0, cut.at), END_OF_IMAGE]) : file;
  const isReadable = isWithoutWarning(remainder, isProgressive ? 1 : LEAST_SHARE, options).catch(() => false);
  return (await isReadable) ? remainder : undefined;
}

/** @throws the first warning among this share of the rows, from the top */
async function isWithoutWarning(bytes: Uint8Array, share: number, options: SharpOptions): Promise<true> {
  const stored = sharp(bytes, { ...options, autoOrient: false, failOn: 'warning' });
  const { width, height } = await stored.metadata();
  await stored
    .extract({ left: 0, top: 0, width, height: Math.ceil(height * share) })
    .resize(1, 1, { fit: 'fill' })
    .raw()
    .toBuffer();
  return true;
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
