import {
  coefficientsOf,
  END_OF_BLOCK,
  entryAt,
  filledOf,
  lengthOf,
  NO_CODE,
  severalAt,
  severalCodes,
  sizeOf,
} from './headers/huffman.js';
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
  let good = 0;
  let at = scan.codesAt;
  for (let from = 0; from < units; from += interval) {
    const wanted = Math.min(interval, units - from);
    const markerAt = nextMarker(file, at);
    const reader = new CodeReader(file.subarray(at, markerAt));
    const read = readUnits(reader, blocks, wanted);
    // The place of a fault is not known if the blocks end long before the data do.
    if (read < wanted || reader.spareBytes() <= MOST_SPARE_BYTES) good += read;
    if (!isRestart(file[markerAt + 1])) break;
    at = markerAt + 2;
  }
  return good / units;
}

/** @returns the offset of the last 0xff before the code of a marker, or the length of the file */
function nextMarker(file: Buffer, from: number): number {
  let at = file.indexOf(0xff, from);
  while (at !== -1 && (file[at + 1] === 0 || file[at + 1] === 0xff)) at = file.indexOf(0xff, at + 1);
  return at === -1 ? file.length : at;
}

function isRestart(marker = 0): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
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
      const mean = (means[block.component] ?? 0) + reader.block(block);
      if (!(Math.abs(mean) <= block.largestMean)) return unit;
      means[block.component] = mean;
      if (reader.isBeyondEnd) return unit;
    }
  }
  return wanted;
}

interface Block extends Pick<ScanComponent, 'dc' | 'ac'> {
  readonly several: Uint16Array;
  readonly component: number;
  readonly largestMean: number;
}

/** The blocks of a unit, in their order. */
function blocksOf({ components }: JpegScan): readonly Block[] {
  return components.flatMap(({ blocks, dc, ac, step }, component) => {
    const block = { dc, ac, several: severalCodes(ac), component, largestMean: LARGEST_MEAN / step + 2 };
    return Array.from({ length: blocks }, () => block);
  });
}

/** Of 8 x 8 values from -128 to 127, scaled by 8. The margin is for encoders that exceed the values to avoid ringing. */
const LARGEST_MEAN = 1024 * 1.15;
const LARGEST_MEAN_BITS = 11;
const COEFFICIENTS = 64;
/** A block needs less, even if all of its codes are the longest. */
const ZEROS_BEHIND = 256;

class CodeReader {
  /** Without the 0 behind each 0xff, followed by zeros. */
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #bitCount: number;
  #bit = 0;

  /** @param codes up to a marker */
  constructor(codes: Buffer) {
    this.#bytes = Buffer.alloc(codes.length + ZEROS_BEHIND);
    let length = 0;
    for (let from = 0; from < codes.length; ) {
      const stuffed = codes.indexOf(0xff, from);
      const to = stuffed === -1 ? codes.length : stuffed + 1;
      length += codes.copy(this.#bytes, length, from, to);
      from = stuffed === -1 ? to : to + 1;
    }
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    this.#bitCount = length * 8;
  }

  get isBeyondEnd(): boolean {
    return this.#bit > this.#bitCount;
  }

  /** @returns the number of bytes that were not read, without zeros, with which some encoders fill up */
  spareBytes(): number {
    return this.#bytes.subarray(Math.ceil(this.#bit / 8)).filter((byte) => byte !== 0).length;
  }

  /** @returns the difference of its mean to that of the block before, quantised; not a number if there is a fault */
  block(block: Block): number {
    const entry = entryAt(block.dc, bitsAt(this.#view, this.#bit));
    const bits = sizeOf(entry);
    if (entry === NO_CODE || bits > LARGEST_MEAN_BITS) return Number.NaN;
    this.#bit += lengthOf(entry);
    // Two shifts, since a shift by 32 bits does nothing.
    const value = (bitsAt(this.#view, this.#bit - bits) >>> 1) >>> (31 - bits);
    if (!this.#skipCoefficients(block)) return Number.NaN;
    // A value below half of its range is negative.
    return bits > 0 && value < 1 << (bits - 1) ? value - (1 << bits) + 1 : value;
  }

  /** Its loop takes nearly all of the time. @returns whether there is no fault */
  #skipCoefficients({ ac, several }: Block): boolean {
    const view = this.#view;
    let bit = this.#bit;
    let filled = 1;
    let isFault = false;
    while (filled < COEFFICIENTS) {
      const next = bitsAt(view, bit);
      const codes = severalAt(several, next);
      if (filled + coefficientsOf(codes) < COEFFICIENTS) {
        filled += filledOf(codes);
        bit += lengthOf(codes);
      } else {
        // The last codes of a full block one by one: those behind them belong to the next block.
        const code = entryAt(ac, next);
        filled += filledOf(code);
        bit += lengthOf(code);
        isFault = filled > COEFFICIENTS && filledOf(code) !== END_OF_BLOCK;
      }
    }
    this.#bit = bit;
    return !isFault;
  }
}

/** @returns the bits at this bit as the highest of 32, of which at least 25 are right */
function bitsAt(view: DataView, bit: number): number {
  return view.getInt32(bit >>> 3) << (bit & 7);
}
