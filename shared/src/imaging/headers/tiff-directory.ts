/** The values of a tag with numbers; empty if the directory does not have it. */
export type TagValues = (tag: number) => readonly number[];

interface Directory {
  readonly values: TagValues;
  /** Offset of the offset of the next directory. */
  readonly nextAt: number;
}

interface Entry {
  readonly type: number;
  readonly count: number;
  /** Offset of the value or, if the value does not fit, of its offset. */
  readonly at: number;
}

const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 5: 8, 16: 8 };
const MAX_ENTRIES = 4_096;
const MAX_PAGES = 8;
const NEW_SUBFILE_TYPE = 254;
/** Of `NewSubfileType`: the page is a smaller version of another page. */
const REDUCED = 1;

/**
 * The directory of the first page that is not a thumbnail, and the number of that page; of the first page if all are thumbnails.
 * @throws {RangeError} the file ends inside a directory.
 */
export function directoryOfPicture(file: Buffer): { readonly values: TagValues; readonly page: number } {
  const reader = readerOf(file);
  const first = readDirectory(reader, reader.offset(reader.isBig ? 8 : 4));
  let directory = first;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { values, nextAt } = directory;
    if (((values(NEW_SUBFILE_TYPE)[0] ?? 0) & REDUCED) === 0) return { values, page };
    const next = reader.offset(nextAt);
    if (next === 0) break;
    directory = readDirectory(reader, next);
  }
  return { values: first.values, page: 0 };
}

interface Reader {
  readonly fileBytes: number;
  readonly isBig: boolean;
  readonly uint16: (at: number) => number;
  /** Of 8 bytes in BigTIFF, otherwise of 4. */
  readonly offset: (at: number) => number;
  /** By the type of a value. */
  readonly read: Readonly<Record<number, (at: number) => number>>;
}

function readerOf(file: Buffer): Reader {
  const littleEndian = file.readUInt8(0) === 0x49;
  const uint16 = (at: number): number => (littleEndian ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const uint32 = (at: number): number => (littleEndian ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const uint64 = (at: number): number =>
    Number(littleEndian ? file.readBigUInt64LE(at) : file.readBigUInt64BE(at));
  const isBig = uint16(2) === 43;
  return {
    fileBytes: file.length,
    isBig,
    uint16,
    offset: isBig ? uint64 : uint32,
    read: {
      1: (at) => file.readUInt8(at),
      3: uint16,
      4: uint32,
      5: (at) => uint32(at) / uint32(at + 4),
      16: uint64,
    },
  };
}

function readDirectory(reader: Reader, start: number): Directory {
  const { isBig, uint16, offset } = reader;
  const [countBytes, entryBytes, valueAt] = isBig ? [8, 20, 12] : [2, 12, 8];
  const count = Math.min(isBig ? offset(start) : uint16(start), MAX_ENTRIES);
  const entries = new Map<number, Entry>();
  for (let index = 0; index < count; index += 1) {
    const at = start + countBytes + index * entryBytes;
    const [tag, type, length] = [uint16(at), uint16(at + 2), offset(at + 4)];
    if (!entries.has(tag)) entries.set(tag, { type, count: length, at: at + valueAt });
  }
  return {
    values: (tag) => valuesOf(reader, entries.get(tag)),
    nextAt: start + countBytes + count * entryBytes,
  };
}

function valuesOf({ isBig, fileBytes, offset, read }: Reader, entry: Entry | undefined): readonly number[] {
  const bytes = TYPE_BYTES[entry?.type ?? 0];
  const readOne = read[entry?.type ?? 0];
  if (entry === undefined || bytes === undefined || readOne === undefined) return [];
  const from = bytes * entry.count <= (isBig ? 8 : 4) ? entry.at : offset(entry.at);
  // A count beyond the file ends with a RangeError at the file's end.
  return Array.from({ length: Math.min(entry.count, fileBytes) }, (_, index) =>
    readOne(from + index * bytes),
  );
}
