/** The messages of a gRPC stream and their top-level fields. Counting needs no schema. */
import protobuf from 'protobufjs/minimal.js';

/** One byte of compression, four of length: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
const PREFIX_BYTES = 5;

/** @returns a function that takes the bytes of one direction and calls back with each complete message */
export function grpcMessages(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + rest.readUInt32BE(1);
      if (rest.length < end) return;
      onMessage(rest.subarray(PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
  };
}

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
