/** Entries, see `entryOf`; 0: no code. */
export interface HuffmanTable {
  /** By the next 9 bits of the data. It is small, so that it stays in the processor's cache. 0: a longer code. */
  readonly short: Uint16Array;
  /** By the next 16 bits. */
  readonly long: Uint16Array;
}

export const SHORT_BITS = 9;

const LONGEST_CODE = 16;
const SHORTER_BITS = LONGEST_CODE - SHORT_BITS;
const LENGTH_BITS = 5;
const SIZE_BITS = 4;
export const END_OF_BLOCK = 64;

/** @param counts how many codes have 1 to 16 bits @param symbols of the codes, in their order */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const short = new Uint16Array(2 ** SHORT_BITS);
  const long = new Uint16Array(2 ** LONGEST_CODE);
  let from = 0;
  let index = 0;
  for (const [shorter, count] of counts.entries()) {
    const length = shorter + 1;
    for (const symbol of symbols.subarray(index, index + count)) {
      const to = from + 2 ** (LONGEST_CODE - length);
      long.fill(entryOf(symbol, length), from, to);
      if (length <= SHORT_BITS) short.fill(entryOf(symbol, length), from >> SHORTER_BITS, to >> SHORTER_BITS);
      from = to;
    }
    index += count;
  }
  return { short, long };
}

/** Bits of the code; bits of the value behind it; coefficients that they fill. */
function entryOf(symbol: number, length: number): number {
  const [zeros, size] = [symbol >> 4, symbol & 0x0f];
  const isEnd = size === 0 && zeros !== 15;
  return length | (size << LENGTH_BITS) | ((isEnd ? END_OF_BLOCK : zeros + 1) << (LENGTH_BITS + SIZE_BITS));
}

export const lengthOf = (entry: number): number => entry & 0x1f;
export const sizeOf = (entry: number): number => (entry >> LENGTH_BITS) & 0x0f;
export const filledOf = (entry: number): number => entry >> (LENGTH_BITS + SIZE_BITS);
