import type { Size } from '../limits.js';
import { type HuffmanTable, huffmanTable } from './huffman.js';
import { type JpegFrame, readJpegFrame, segmentsOf } from './jpeg.js';

/** A JPEG whose components lie in one scan with Huffman codes, without the values of later scans. */
export interface JpegScan {
  readonly width: number;
  readonly height: number;
  /** Pixels whose blocks, of each component, lie one after another. */
  readonly unit: Size;
  /** In units; 0 if there are no restart markers. */
  readonly restartInterval: number;
  readonly components: readonly ScanComponent[];
  /** Offset of the codes. */
  readonly codesAt: number;
}

export interface ScanComponent {
  /** Blocks in one unit of the scan. */
  readonly blocks: number;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
  /** The quantisation step of the mean of a block. */
  readonly step: number;
}

const MARKER = { tables: 0xc4, quantisation: 0xdb, restartInterval: 0xdd, startOfScan: 0xda } as const;
const BASELINE: readonly number[] = [0xc0, 0xc1];
const STEPS = 64;
const LENGTHS = 16;
/** Pixels. */
const BLOCK = 8;

interface Tables {
  readonly steps: number[];
  readonly dc: HuffmanTable[];
  readonly ac: HuffmanTable[];
  restartInterval: number;
}

/** @returns undefined for another kind of JPEG @throws {RangeError} the file ends inside its header */
export function readJpegScan(file: Buffer): JpegScan | undefined {
  const frame = readJpegFrame(file);
  if (frame === undefined || !BASELINE.includes(frame.marker)) return undefined;
  const tables: Tables = { steps: [], dc: [], ac: [], restartInterval: 0 };
  for (const { marker, at } of segmentsOf(file)) {
    const end = at + file.readUInt16BE(at);
    if (marker === MARKER.quantisation) readSteps(file, { at: at + 2, end }, tables);
    if (marker === MARKER.tables) readTables(file, { at: at + 2, end }, tables);
    if (marker === MARKER.restartInterval) tables.restartInterval = file.readUInt16BE(at + 2);
    if (marker === MARKER.startOfScan) return scanOf(file, { at: at + 2, end }, { frame, tables });
  }
  return undefined;
}

interface Segment {
  readonly at: number;
  readonly end: number;
}

function readSteps(file: Buffer, { at, end }: Segment, { steps }: Tables): void {
  for (let from = at; from < end; ) {
    const [isWide, index] = [file.readUInt8(from) >> 4 !== 0, file.readUInt8(from) & 0x0f];
    steps[index] = isWide ? file.readUInt16BE(from + 1) : file.readUInt8(from + 1);
    from += 1 + STEPS * (isWide ? 2 : 1);
  }
}

function readTables(file: Buffer, { at, end }: Segment, tables: Tables): void {
  for (let from = at; from < end; ) {
    const [kind, index] = [file.readUInt8(from) >> 4, file.readUInt8(from) & 0x0f];
    const counts = file.subarray(from + 1, from + 1 + LENGTHS);
    const symbolsAt = from + 1 + LENGTHS;
    const count = counts.reduce((sum, each) => sum + each, 0);
    const symbols = file.subarray(symbolsAt, symbolsAt + count);
    tables[kind === 0 ? 'dc' : 'ac'][index] = huffmanTable(counts, symbols);
    from = symbolsAt + count;
  }
}

function scanOf(
  file: Buffer,
  { at, end }: Segment,
  { frame, tables }: { readonly frame: JpegFrame; readonly tables: Tables },
): JpegScan | undefined {
  const count = file.readUInt8(at);
  if (count !== frame.components.length) return undefined;
  const isGrey = count === 1;
  const components = frame.components.flatMap(({ horizontal, vertical, table }, index) => {
    const selectors = file.readUInt8(at + 2 + index * 2);
    const [dc, ac, step] = [tables.dc[selectors >> 4], tables.ac[selectors & 0x0f], tables.steps[table]];
    if (dc === undefined || ac === undefined || step === undefined) return [];
    return { blocks: isGrey ? 1 : horizontal * vertical, dc, ac, step };
  });
  if (components.length !== count) return undefined;
  const { width, height } = frame;
  const unit = isGrey ? { width: BLOCK, height: BLOCK } : unitOf(frame);
  return { width, height, unit, restartInterval: tables.restartInterval, components, codesAt: end };
}

function unitOf({ components }: JpegFrame): Size {
  return {
    width: BLOCK * Math.max(...components.map(({ horizontal }) => horizontal)),
    height: BLOCK * Math.max(...components.map(({ vertical }) => vertical)),
  };
}
