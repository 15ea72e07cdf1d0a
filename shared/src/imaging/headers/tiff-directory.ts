/** The first values of a tag with numbers, at most 8 unless `most` says more; empty if the directory does not have it. */
export type TagValues = (tag: number, most?: number) => readonly number[];

/** Where a directory is, as libvips counts. */
export interface DirectoryPlace {
  readonly page: number;
  /** Number of the directory among the sub-directories of the page; -1 for the directory of the page itself. */
  readonly subifd: number;
}

interface PlacedDirectory {
  readonly values: TagValues;
  readonly place: DirectoryPlace;
}

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

const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 5: 8, 13: 4, 16: 8, 18: 8 };
/** The page, not a directory below it. */
const ITSELF = -1;
const MAX_ENTRIES = 4_096;
const MAX_PAGES = 8;
const MAX_VALUES = 8;
const TAG = { newSubfileType: 254, subfileType: 255, subIfds: 330 } as const;
/** Bits of `NewSubfileType`: a smaller version of another picture, or the mask of its transparency. */
const REDUCED_OR_MASK = 1 | 4;
/** The same for the older `SubfileType`, which is a number. */
const OLD_REDUCED = 2;

/**
 * The directory of the first picture that is neither a thumbnail nor a mask: of a page, or below a page. Without any, the directory of
 * the first page.
 * @throws {RangeError} the file ends inside a directory.
 */
export function directoryOfPicture(file: Buffer): PlacedDirectory {
  const reader = readerOf(file);
  const first = readDirectory(reader, reader.offset(reader.isBig ? 8 : 4));
  for (const directory of directoriesFrom(first, reader)) if (isPicture(directory)) return directory;
  return { values: first.values, place: { page: 0, subifd: ITSELF } };
}

function* directoriesFrom(first: Directory, reader: Reader): Generator<PlacedDirectory> {
  let { values, nextAt } = first;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    yield { values, place: { page, subifd: ITSELF } };
    for (const [subifd, start] of values(TAG.subIfds).entries())
      yield { values: readDirectory(reader, start).values, place: { page, subifd } };
    const next = reader.offset(nextAt);
    if (next === 0) return;
    ({ values, nextAt } = readDirectory(reader, next));
  }
}

function isPicture({ values }: PlacedDirectory): boolean {
  const [kind = 0] = values(TAG.newSubfileType);
  return (kind & REDUCED_OR_MASK) === 0 && values(TAG.subfileType)[0] !== OLD_REDUCED;
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
      13: uint32,
      16: uint64,
      18: uint64,
    },
  };
}

/** @throws {RangeError} the file ends inside the directory. */
function readDirectory(reader: Reader, start: number): Directory {
  const { fileBytes, isBig, uint16, offset } = reader;
  const [countBytes, entryBytes, valueAt] = isBig ? [8, 20, 12] : [2, 12, 8];
  const count = Math.min(isBig ? offset(start) : uint16(start), MAX_ENTRIES);
  const nextAt = start + countBytes + count * entryBytes;
  if (nextAt > fileBytes) throw new RangeError(`Expected ${nextAt} bytes but received ${fileBytes}`);
  const entries = new Map<number, Entry>();
  for (let index = 0; index < count; index += 1) {
    const at = start + countBytes + index * entryBytes;
    const [tag, type, length] = [uint16(at), uint16(at + 2), offset(at + 4)];
    if (!entries.has(tag)) entries.set(tag, { type, count: length, at: at + valueAt });
  }
  return {
    values: (tag, most = MAX_VALUES) => valuesOf(reader, entries.get(tag), most),
    nextAt,
  };
}

function valuesOf(
  { isBig, fileBytes, offset, read }: Reader,
  entry: Entry | undefined,
  most: number,
): readonly number[] {
  const bytes = TYPE_BYTES[entry?.type ?? 0];
  const readOne = read[entry?.type ?? 0];
  if (entry === undefined || bytes === undefined || readOne === undefined) return [];
  const from = bytes * entry.count <= (isBig ? 8 : 4) ? entry.at : offset(entry.at);
  // A count beyond the file ends with a RangeError at the file's end.
  return Array.from({ length: Math.min(entry.count, most, fileBytes) }, (_, index) =>
    readOne(from + index * bytes),
  );
}
