/** The messages of one direction of a gRPC stream: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */

/** One byte of compression, four of length. */
const PREFIX_BYTES = 5;

/** @returns a function that takes the bytes of one direction and calls back with each complete message */
export function grpcMessages(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= PREFIX_BYTES) {
      const end = PREFIX_BYTES + rest.readUInt32BE(1);
      if (rest.length < end) return;
      onMessage(rest.subarray(PREFIX_BYTES, end));
      rest = rest.subarray(end);
    }
  };
}

/** @returns an uncompressed message with its prefix */
export function framed(message: Uint8Array): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
