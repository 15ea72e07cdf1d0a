/**
 * Arrays of float32 with their shapes, and a few texts about them, in one file: the safetensors format
 * (https://github.com/huggingface/safetensors), which other tools read too. The same content gives the same bytes.
 */
import { endianness } from 'node:os';

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TensorsFile {
  readonly texts: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, FloatTensor>;
}

const LENGTH_BYTES = 8;
const METADATA = '__metadata__';

export function tensorsFileBytes({ texts, tensors }: TensorsFile): Buffer {
  requireLittleEndian();
  let at = 0;
  const header: Record<string, unknown> = { [METADATA]: texts };
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + values.byteLength] };
    at += values.byteLength;
  }
  const json = JSON.stringify(header);
  // Readers expect the values at a multiple of eight.
  const padded = Buffer.from(json.padEnd(json.length + ((8 - (Buffer.byteLength(json) % 8)) % 8)));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64LE(BigInt(padded.length));
  const arrays = [...tensors.values()].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  );
  return Buffer.concat([length, padded, ...arrays]);
}

/**
 * Checked by hand, since each worker reads a head and must not load the schema library: see manifest-facts.ts.
 *
 * @throws {SyntaxError | RangeError} these bytes are no such file
 */
export function parseTensorsFile(bytes: Uint8Array): TensorsFile {
  requireLittleEndian();
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = LENGTH_BYTES + Number(file.readBigUInt64LE());
  if (start > file.length) throw new RangeError(`Expected a header of ${start} bytes but received fewer`);
  const header: unknown = JSON.parse(file.toString('utf8', LENGTH_BYTES, start));
  const { [METADATA]: texts = {}, ...entries } = objectOf(header);
  const tensors = Object.entries(entries).map(([name, value]) => {
    const { dtype, shape, data_offsets: range } = objectOf(value);
    if (dtype !== 'F32') throw new RangeError(`Expected F32 for ${name} but received ${dtype}`);
    return [name, tensorOf(file.subarray(start), countsOf(shape), countsOf(range))] as const;
  });
  const named = Object.entries(objectOf(texts)).map(([name, text]) => [name, String(text)]);
  return { texts: Object.fromEntries(named), tensors: new Map(tensors) };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new RangeError(`Expected an object but received ${JSON.stringify(value)}`);
}

function countsOf(value: unknown): readonly number[] {
  const isCount = (each: unknown) => typeof each === 'number' && Number.isSafeInteger(each) && each >= 0;
  if (Array.isArray(value) && value.every(isCount)) return value;
  throw new RangeError(`Expected whole numbers but received ${JSON.stringify(value)}`);
}

/** @param range of its bytes in the data */
function tensorOf(
  data: Buffer,
  shape: readonly number[],
  [from = 0, to = 0]: readonly number[],
): FloatTensor {
  const count = shape.reduce((product, side) => product * side, 1);
  // Before the array is made: a shape may claim more than there is.
  if (to - from !== count * Float32Array.BYTES_PER_ELEMENT || to > data.length)
    throw new RangeError(`Expected ${count} numbers of float32 for the shape ${shape.join(' x ')}`);
  return { shape, values: floatsOf(data.subarray(from, to)) };
}

/** Not copied if their offset in memory is a multiple of four, as in a file that was read as a whole. */
function floatsOf(bytes: Buffer): Float32Array {
  const isAligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset, length } = isAligned ? bytes : new Uint8Array(bytes);
  return new Float32Array(buffer, byteOffset, length / Float32Array.BYTES_PER_ELEMENT);
}

function requireLittleEndian(): void {
  if (endianness() !== 'LE') throw new Error('Expected a little-endian processor for a tensors file');
}
