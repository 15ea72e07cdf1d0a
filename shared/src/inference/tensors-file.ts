/**
 * Arrays of float32 with their shapes, and a few texts about them, in one file: the safetensors format
 * (https://github.com/huggingface/safetensors), which other tools read too. The same content gives the same bytes.
 */
import { endianness } from 'node:os';
import { z } from 'zod';

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

const entrySchema = z.strictObject({
  dtype: z.literal('F32'),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.looseObject({ [METADATA]: z.record(z.string(), z.string()).default({}) });

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

/** @throws {z.ZodError | SyntaxError | RangeError} these bytes are no such file */
export function parseTensorsFile(bytes: Uint8Array): TensorsFile {
  requireLittleEndian();
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = LENGTH_BYTES + Number(file.readBigUInt64LE());
  if (start > file.length) throw new RangeError(`Expected a header of ${start} bytes but received fewer`);
  const { [METADATA]: texts, ...entries } = headerSchema.parse(
    JSON.parse(file.toString('utf8', LENGTH_BYTES, start)),
  );
  const tensors = Object.entries(entries).map(([name, value]) => {
    const { shape, data_offsets: range } = entrySchema.parse(value);
    return [name, { shape, values: floatsOf(file.subarray(start), shape, range) }] as const;
  });
  return { texts, tensors: new Map(tensors) };
}

function floatsOf(
  data: Buffer,
  shape: readonly number[],
  [from, to]: readonly [number, number],
): Float32Array {
  const count = shape.reduce((product, side) => product * side, 1);
  const values = new Float32Array(count);
  if (to - from !== values.byteLength || to > data.length)
    throw new RangeError(`Expected ${values.byteLength} bytes for the shape ${shape.join(' x ')}`);
  Buffer.from(values.buffer).set(data.subarray(from, to));
  return values;
}

function requireLittleEndian(): void {
  if (endianness() !== 'LE') throw new Error('Expected a little-endian processor for a tensors file');
}
