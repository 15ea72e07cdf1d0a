import type { FileHandle } from 'node:fs/promises';

const LINE_FEED = 10;

export interface Line {
  readonly text: string;
  /** The offset in the file after the line and its line feed. */
  readonly endByte: number;
}

/**
 * The lines of a file that end in a line feed. A rest without one is not a line. (node:readline of Node 24 also splits
 * at U+2028 and U+2029, which an object name may contain and JSON does not escape.)
 */
export async function* readLines(handle: FileHandle): AsyncGenerator<Line> {
  let rest: Buffer = Buffer.alloc(0);
  let endByte = 0;
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 })) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      endByte += end + 1 - start;
      yield { text: bytes.toString('utf8', start, end), endByte };
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
}
