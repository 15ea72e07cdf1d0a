import type { Header } from './header.js';

/** Sides and codec settings of all pictures in the container, and the codec's worst. */
interface Facts {
  width: number;
  height: number;
  bitsPerSample: number;
  /** 0 none, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  chroma: number;
  hasAlpha: boolean;
}

/** The path to the properties: the kind of each nested box, and the number of bytes before its first part. */
const WAY_TO_PROPERTIES = [
  { kind: 'meta', ownBytes: 4 },
  { kind: 'iprp', ownBytes: 0 },
  { kind: 'ipco', ownBytes: 0 },
] as const;
const MAX_BOXES = 4_096;
const RAW_ALIGNMENT = 16;

/**
 * AVIF and HEIC are decoded as a whole: planes of the codec, planes of libheif and interleaved colours. Bytes a pixel
 * were measured with pictures of 12 to 50 million pixels.
 */
const AVIF_BYTES = { upTo8Bits: 17, more: 24 } as const;
const HEIC_BYTES: readonly number[] = [6, 6.5, 8.5, 9.5];
const HEIC_ALPHA_BYTES = 2.5;

/** @returns undefined if no size is found @throws {RangeError} the file ends inside its header. */
export function readHeifHeader(file: Buffer, format: 'avif' | 'heic'): Header | undefined {
  const facts: Facts = { width: 0, height: 0, bitsPerSample: 8, chroma: 0, hasAlpha: false };
  for (const property of heifProperties(file)) note(facts, file, property);
  if (facts.width === 0) return undefined;
  const { width, height } = facts;
  const bytesPerPixel = format === 'avif' ? avifBytes(facts) : heicBytes(facts);
  return { format, width, height, layout: { kind: 'frame', bytesPerPixel } };
}

/** The properties of all pictures in the container. */
export function heifProperties(file: Buffer): readonly Box[] {
  let part = { from: 0, to: file.length };
  for (const { kind, ownBytes } of WAY_TO_PROPERTIES) {
    const box = [...boxesOf(file, part)].find((each) => each.kind === kind);
    if (box === undefined) return [];
    part = { from: box.from + ownBytes, to: box.to };
  }
  return [...boxesOf(file, part)];
}

function avifBytes({ bitsPerSample }: Facts): number {
  return bitsPerSample > 8 ? AVIF_BYTES.more : AVIF_BYTES.upTo8Bits;
}

function heicBytes({ width, chroma, hasAlpha }: Facts): number {
  const channels = hasAlpha ? 4 : 3;
  // Rows that do not end at a multiple of 16 bytes are copied.
  const copyBytes = (width * channels) % RAW_ALIGNMENT === 0 ? 0 : channels;
  return (HEIC_BYTES[chroma] ?? 0) + (hasAlpha ? HEIC_ALPHA_BYTES : 0) + copyBytes;
}

interface Box {
  readonly kind: string;
  /** Of its content. */
  readonly from: number;
  readonly to: number;
}

function* boxesOf(file: Buffer, { from, to }: Pick<Box, 'from' | 'to'>): Generator<Box> {
  let at = from;
  for (let count = 0; count < MAX_BOXES && at + 8 <= to; count += 1) {
    const short = file.readUInt32BE(at);
    const headBytes = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(file.readBigUInt64BE(at + 8)) : short;
    const end = size === 0 ? to : at + size;
    if (end < at + headBytes || end > to) return;
    yield { kind: file.toString('latin1', at + 4, at + 8), from: at + headBytes, to: end };
    at = end;
  }
}

function note(facts: Facts, file: Buffer, { kind, from, to }: Box): void {
  switch (kind) {
    case 'ispe': {
      const [width, height] = [file.readUInt32BE(from + 4), file.readUInt32BE(from + 8)];
      if (width * height > facts.width * facts.height) Object.assign(facts, { width, height });
      break;
    }
    case 'hvcC':
      facts.chroma = Math.max(facts.chroma, file.readUInt8(from + 16) & 0x03);
      facts.bitsPerSample = Math.max(facts.bitsPerSample, 8 + (file.readUInt8(from + 17) & 0x07));
      break;
    case 'av1C':
      if ((file.readUInt8(from + 2) & 0x40) !== 0) facts.bitsPerSample = 10;
      break;
    case 'auxC':
      facts.hasAlpha ||= /alpha|auxid:1/.test(file.toString('latin1', from + 4, Math.min(to, from + 68)));
  }
}
