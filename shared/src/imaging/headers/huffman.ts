/** Entries by the next 16 bits of the data: see `entryOf`. 0: no code. */
export type HuffmanTable = Uint16Array;

const LONGEST_CODE = 16;
const LENGTH_BITS = 5;
const SIZE_BITS = 4;
export const END_OF_BLOCK = 64;

/** @param counts how many codes have 1 to 16 bits @param symbols of the codes, in their order */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(2 ** LONGEST_CODE);
  let from = 0;
  let index = 0;
  for (const [shorter, count] of counts.entries()) {
    const length = shorter + 1;
    for (const symbol of symbols.subarray(index, index + count)) {
      const to = from + 2 ** (LONGEST_CODE - length);
      table.fill(entryOf(symbol, length), from, to);
      from = to;
    }
    index += count;
  }
  return table;
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
