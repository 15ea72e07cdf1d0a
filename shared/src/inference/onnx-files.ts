import { posix } from 'node:path';

/**
 * The files beside an ONNX network that hold its weights (`external_data`), by the message format of
 * https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. A network of more than 2 GB has some, and many exporters write them.
 */
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_EXTERNAL_DATA = 13;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

const LOCATION = 'location';

/** @returns the locations as in the network, relative to its file; empty if the bytes are not a network */
export function externalDataOf(bytes: Uint8Array): readonly string[] {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  // Most networks have none, and a new process reads messages slowly.
  if (!file.includes(LOCATION)) return [];
  const locations = new Set<string>();
  try {
    for (const graph of messagesOf(file, MODEL_GRAPH))
      for (const tensor of messagesOf(graph, GRAPH_INITIALIZER))
        for (const entry of messagesOf(tensor, TENSOR_EXTERNAL_DATA)) {
          const [key, value] = [ENTRY_KEY, ENTRY_VALUE].map((field) => [...messagesOf(entry, field)][0]);
          if (key?.toString() === LOCATION && value !== undefined) locations.add(value.toString());
        }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return [...locations];
}

/** Paths of these files in the model's folder. */
export function externalDataPaths(entry: string, bytes: Uint8Array): readonly string[] {
  return externalDataOf(bytes).map((location) => posix.join(posix.dirname(entry), location));
}

const GRAPH_OUTPUT = 12;
const VALUE_NAME = 1;
/** `ValueInfoProto.type`: a tensor of float32 with any axes. */
const FLOATS = field(2, field(1, Uint8Array.of(8, 1)));

/**
 * The network with one more output, a tensor that it computes anyway. Messages of one field are merged, and their lists joined, so the
 * output is appended (https://protobuf.dev/programming-guides/encoding/#last-one-wins).
 */
export function withOutput(network: Uint8Array, name: string): Uint8Array {
  const output = Buffer.concat([field(VALUE_NAME, new TextEncoder().encode(name)), FLOATS]);
  return Buffer.concat([network, field(MODEL_GRAPH, field(GRAPH_OUTPUT, output))]);
}

/** A field of less than 16 KiB. */
function field(number: number, bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const size = length < 0x80 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  return Buffer.from([(number << 3) | 2, ...size, ...bytes]);
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

/** The messages, strings or bytes of one field. @throws {RangeError} these bytes are no message */
function* messagesOf(message: Buffer, field: number): Generator<Buffer> {
  const reader = { message, at: 0 };
  while (reader.at < message.length) {
    const tag = readVarint(reader);
    const length = lengthOf(reader, tag & 0x07);
    if (reader.at + length > message.length) throw new RangeError('Expected a whole field');
    if (tag >> 3 === field && (tag & 0x07) === BYTES) yield message.subarray(reader.at, reader.at + length);
    reader.at += length;
  }
}

interface Reader {
  readonly message: Buffer;
  at: number;
}

function lengthOf(reader: Reader, wireType: number): number {
  switch (wireType) {
    case VARINT:
      readVarint(reader);
      return 0;
    case FIXED_64:
      return 8;
    case BYTES:
      return readVarint(reader);
    case FIXED_32:
      return 4;
    default:
      throw new RangeError(`Expected a known wire type but received ${wireType}`);
  }
}

/** A varint of up to 64 bits. Exact up to 53 bits, which is enough for lengths and tags. */
function readVarint(reader: Reader): number {
  let value = 0;
  for (let byte = 0; byte < 10; byte += 1) {
    const next = reader.message.readUInt8(reader.at);
    reader.at += 1;
    value += (next & 0x7f) * 2 ** (7 * byte);
    if (next < 0x80) return value;
  }
  throw new RangeError('Expected a number of at most 10 bytes');
}
