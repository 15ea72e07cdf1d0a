/** The fields of protobuf messages. Counting needs no schema. */
import protobuf from 'protobufjs/minimal.js';

/** Sizes in bytes of all occurrences of one length-delimited field: text, bytes, or a message. */
export function fieldSizes(message: Uint8Array, field: number): readonly number[] {
  const reader = protobuf.Reader.create(message);
  const sizes: number[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const before = reader.pos;
    reader.skipType(tag & 7);
    if (tag >>> 3 === field) sizes.push(reader.pos - before);
  }
  return sizes;
}
