/** The bytes of small ONNX networks, by the message format of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */

export interface OnnxInput {
  /** Of `TensorProto.DataType`. */
  readonly type: 'float32' | 'uint8';
  /** A name means an open axis. */
  readonly axes: readonly (number | string)[];
}

const DATA_TYPE = { float32: 1, uint8: 2 } as const;

/** A network that returns its inputs, `input0` and so on, as `output0` and so on. */
export function identityNetwork(...inputs: readonly OnnxInput[]): Uint8Array {
  const parts = inputs.flatMap((input, index) => [
    message(1, [text(1, `input${index}`), text(2, `output${index}`), text(4, 'Identity')]),
    message(11, valueInfo(`input${index}`, input)),
    message(12, valueInfo(`output${index}`, input)),
  ]);
  const graph = message(7, [...parts, text(2, 'identity')]);
  return Uint8Array.from([number(1, 8), graph, message(8, [number(2, 13)])].flat());
}

function valueInfo(name: string, { type, axes }: OnnxInput): number[][] {
  const dimensions = axes.map((axis) =>
    message(1, [typeof axis === 'number' ? number(1, axis) : text(2, axis)]),
  );
  const tensor = message(1, [number(1, DATA_TYPE[type]), message(2, dimensions)]);
  return [text(1, name), message(2, [tensor])];
}

function message(field: number, parts: readonly (readonly number[])[]): number[] {
  const body = parts.flat();
  return [(field << 3) | 2, ...varint(body.length), ...body];
}

function text(field: number, value: string): number[] {
  return message(field, [[...Buffer.from(value)]]);
}

function number(field: number, value: number): number[] {
  return [field << 3, ...varint(value)];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}
