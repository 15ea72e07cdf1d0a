import { END_OF_BLOCK, filledOf, type HuffmanTable, lengthOf, sizeOf } from './headers/huffman.js';
import { type JpegScan, readJpegScan, type ScanComponent } from './headers/jpeg-scan.js';

/**
 * libjpeg accepts wrong bytes if they are valid codes. What follows has other colours and another place. To find them, all codes are
 * read a second time, without decoding a pixel. These are faults:
 *
 * - a code that is in no table;
 * - more than 64 coefficients in a block;
 * - a mean of a block that no pixels can have: a wrong difference changes the means of all later blocks;
 * - data that end before the last block, or long after it.
 *
 * Wrong bytes without these faults are not found. With restart markers, a fault concerns the blocks up to the next marker only.
 *
 * @returns the share of the picture without faults; undefined for a JPEG with several scans or another coding, or without a header
 */
export function readableShare(bytes: Uint8Array): number | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    const scan = readJpegScan(file);
    return scan && shareOf(file, scan);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Some cameras write a few bytes behind the last code. */
const MOST_SPARE_BYTES = 8;

function shareOf(file: Buffer, scan: JpegScan): number {
  const units = unitsOf(scan);
  const interval = scan.restartInterval || units;
  const blocks = blocksOf(scan);
  const reader = new CodeReader(file, scan.codesAt);
  let good = 0;
  for (let from = 0; from < units; from += interval) {
    const wanted = Math.min(interval, units - from);
    const read = readUnits(reader, blocks, wanted);
    const spareBytes = reader.skipToMarker();
    // The place of a fault is not known if the blocks end long before the data do.
    if (read < wanted || spareBytes <= MOST_SPARE_BYTES) good += read;
    if (!reader.skipRestart()) break;
  }
  return good / units;
}

/** A unit has the blocks of each component that cover the same pixels. */
function unitsOf({ width, height, unit }: JpegScan): number {
  return Math.ceil(width / unit.width) * Math.ceil(height / unit.height);
}

/** @returns the number of units before the first fault */
function readUnits(reader: CodeReader, blocks: readonly Block[], wanted: number): number {
  const means = blocks.map(() => 0);
  for (let unit = 0; unit < wanted; unit += 1) {
    for (const block of blocks) {
      const mean = (means[block.component] ?? 0) + readBlock(reader, block);
      if (!(Math.abs(mean) <= block.largestMean)) return unit;
      means[block.component] = mean;
    }
    if (reader.isBeyondEnd) return unit;
  }
  return wanted;
}

interface Block extends Pick<ScanComponent, 'dc' | 'ac'> {
  readonly component: number;
  readonly largestMean: number;
}

/** The blocks of a unit, in their order. */
function blocksOf({ components }: JpegScan): readonly Block[] {
  return components.flatMap(({ blocks, dc, ac, step }, component) =>
    Array.from({ length: blocks }, () => ({ dc, ac, component, largestMean: LARGEST_MEAN / step + 2 })),
  );
}

/** Of 8 x 8 values from -128 to 127, scaled by 8. The margin is for encoders that exceed the values to avoid ringing. */
const LARGEST_MEAN = 1024 * 1.15;
const LARGEST_MEAN_BITS = 11;
const COEFFICIENTS = 64;

/** @returns the difference of its mean to that of the block before, quantised; not a number if there is a fault */
function readBlock(reader: CodeReader, { dc, ac }: Block): number {
  const mean = reader.code(dc);
  const bits = sizeOf(mean);
  if (mean === 0 || bits > LARGEST_MEAN_BITS) return Number.NaN;
  const value = reader.value(bits);
  for (let filled = 1; filled < COEFFICIENTS; ) {
    const entry = reader.code(ac);
    if (entry === 0) return Number.NaN;
    reader.skip(sizeOf(entry));
    if (filledOf(entry) === END_OF_BLOCK) break;
    filled += filledOf(entry);
    if (filled > COEFFICIENTS) return Number.NaN;
  }
  // A value below half of its range is negative.
  return bits > 0 && value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
}

/** Reads bits up to the next marker, and then zeros. */
class CodeReader {
  readonly #file: Buffer;
  #at: number;
  #bits = 0;
  #bitCount = 0;
  /** The last of these bits, which are not in the file. */
  #zeros = 0;

  constructor(file: Buffer, at: number) {
    this.#file = file;
    this.#at = at;
  }

  /** The entry of the next code. */
  code(table: HuffmanTable): number {
    if (this.#bitCount < 16) this.#fill();
    const entry = table[(this.#bits >>> (this.#bitCount - 16)) & 0xffff] ?? 0;
    this.#bitCount -= lengthOf(entry);
    return entry;
  }

  /** Fewer than 16 bits; they may be more than were read ahead. */
  skip(bits: number): void {
    this.#bitCount -= bits;
  }

  /** At most 16 bits, as a number. */
  value(bits: number): number {
    if (this.#bitCount < bits) this.#fill();
    this.#bitCount -= bits;
    return (this.#bits >>> this.#bitCount) & ((1 << bits) - 1);
  }

  get isBeyondEnd(): boolean {
    return this.#bitCount < this.#zeros;
  }

  /** @returns the number of bytes before it that were not read, without zeros, with which some encoders fill up */
  skipToMarker(): number {
    let spareBytes = 0;
    for (; this.#at < this.#file.length && !this.#isAtMarker(); this.#at += 1)
      if (this.#file[this.#at] !== 0) spareBytes += 1;
    return spareBytes;
  }

  /** @returns false if the marker is no restart */
  skipRestart(): boolean {
    while (this.#file[this.#at + 1] === 0xff) this.#at += 1;
    const marker = this.#file[this.#at + 1] ?? 0;
    this.#at += 2;
    [this.#bits, this.#bitCount, this.#zeros] = [0, 0, 0];
    return marker >= 0xd0 && marker <= 0xd7;
  }

  #isAtMarker(): boolean {
    return this.#file[this.#at] === 0xff && this.#file[this.#at + 1] !== 0;
  }

  #fill(): void {
    while (this.#bitCount <= 16) {
      const byte = this.#file[this.#at] ?? 0xff;
      this.#bits = (this.#bits << 8) | (byte === 0xff ? this.#stuffed() : byte);
      this.#bitCount += 8;
      this.#at += 1;
    }
  }

  /** A byte 0xff of the data is followed by 0. At a marker and at the end of the file it stays, and gives zeros. */
  #stuffed(): number {
    const isData = this.#file[this.#at + 1] === 0;
    if (!isData) this.#zeros += 8;
    this.#at += isData ? 1 : -1;
    return isData ? 0xff : 0;
  }
}
