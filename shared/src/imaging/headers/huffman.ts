/** Entries, see `entryOf`. The tables are small, so that they stay in the processor's cache. */
export interface HuffmanTable {
  /** By the next 9 bits of the data. 0: a longer code. */
  readonly short: Uint16Array;
  /** By the next 16 bits, from `longFrom`: in a table of JPEG, longer codes have higher values. */
  readonly long: Uint16Array;
  readonly longFrom: number;
}

const SHORT_BITS = 9;
const LONGEST_CODE = 16;
const SHORTER_BITS = LONGEST_CODE - SHORT_BITS;
const SEVERAL_BITS = 11;
const LENGTH_BITS = 5;
const SIZE_BITS = 4;
export const END_OF_BLOCK = 64;
/** It fills more than a block, and no code fills as much. */
export const NO_CODE = (2 * END_OF_BLOCK - 1) << (LENGTH_BITS + SIZE_BITS);

/** @param counts how many codes have 1 to 16 bits @param symbols of the codes, in their order */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const short = new Uint16Array(2 ** SHORT_BITS);
  const longFrom = [...counts.subarray(0, SHORT_BITS)].reduce(
    (end, count, at) => end + count * widthOf(at + 1),
    0,
  );
  const long = new Uint16Array(Math.max(0, 2 ** LONGEST_CODE - longFrom)).fill(NO_CODE);
  let from = 0;
  let index = 0;
  for (const [shorter, count] of counts.entries()) {
    const length = shorter + 1;
    for (const symbol of symbols.subarray(index, index + count)) {
      const to = from + widthOf(length);
      if (length > SHORT_BITS) long.fill(entryOf(symbol, length), from - longFrom, to - longFrom);
      else short.fill(entryOf(symbol, length), from >> SHORTER_BITS, to >> SHORTER_BITS);
      from = to;
    }
    index += count;
  }
  return { short, long, longFrom };
}

/**
 * Entries by the next 11 bits of the data: all whole codes in them, with their values, up to the end of a block. NO_CODE: there is
 * none.
 */
export function severalCodes(table: HuffmanTable): Uint16Array {
  return new Uint16Array(2 ** SEVERAL_BITS).map((_, bits) => wholeCodes(table, bits << (32 - SEVERAL_BITS)));
}

function wholeCodes(table: HuffmanTable, next: number): number {
  let [length, filled] = [0, 0];
  while (filled < END_OF_BLOCK) {
    const entry = entryAt(table, next << length);
    const isWhole = entry !== NO_CODE && length + lengthOf(entry) <= SEVERAL_BITS;
    if (!isWhole || filled + coefficientsOf(entry) >= END_OF_BLOCK) break;
    length += lengthOf(entry);
    filled += filledOf(entry);
  }
  return length === 0 ? NO_CODE : length | (filled << (LENGTH_BITS + SIZE_BITS));
}

/** How many values of 16 bits begin with a code of this length. */
function widthOf(length: number): number {
  return 2 ** (LONGEST_CODE - length);
}

/** Bits of the code with the value behind it; bits of the value; coefficients that they fill. */
function entryOf(symbol: number, length: number): number {
  const [zeros, size] = [symbol >> 4, symbol & 0x0f];
  const isEnd = size === 0 && zeros !== 15;
  return (
    (length + size) |
    (size << LENGTH_BITS) |
    ((isEnd ? END_OF_BLOCK : zeros + 1) << (LENGTH_BITS + SIZE_BITS))
  );
}

export const lengthOf = (entry: number): number => entry & 0x1f;
export const sizeOf = (entry: number): number => (entry >> LENGTH_BITS) & 0x0f;
export const filledOf = (entry: number): number => entry >> (LENGTH_BITS + SIZE_BITS);
/** Without what the end of the block fills. */
export const coefficientsOf = (entry: number): number => filledOf(entry) & (END_OF_BLOCK - 1);

/** @param next the next bits of the data, as the highest of 32. At least 16 of them are right */
export function entryAt({ short, long, longFrom }: HuffmanTable, next: number): number {
  return short[next >>> (32 - SHORT_BITS)] || (long[(next >>> (32 - LONGEST_CODE)) - longFrom] ?? NO_CODE);
}

/** The same for several codes at once. */
export function severalAt(several: Uint16Array, next: number): number {
  return several[next >>> (32 - SEVERAL_BITS)] ?? NO_CODE;
}
