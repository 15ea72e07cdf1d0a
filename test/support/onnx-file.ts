/** The bytes of small ONNX networks, by the message format of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */

export interface OnnxInput {
  /** Of `TensorProto.DataType`. */
  readonly type: 'float32' | 'uint8';
  /** A name means an open axis. */
  readonly axes: readonly (number | string)[];
}

const DATA_TYPE = { float32: 1, uint8: 2, int64: 7 } as const;

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

/** A network that multiplies a row of 3 numbers with a 3 x 4 matrix, which lies in another file. */
export function externalWeightsNetwork(location: string, bytes: number): Uint8Array {
  const entries = { location, offset: '0', length: String(bytes) };
  const matrix = [
    number(1, 3),
    number(1, 4),
    number(2, DATA_TYPE.float32),
    text(8, 'matrix'),
    ...Object.entries(entries).map(([key, value]) => message(13, [text(1, key), text(2, value)])),
    number(14, 1),
  ];
  const product = [text(1, 'input0'), text(1, 'matrix'), text(2, 'output0'), text(4, 'MatMul')];
  const graph = message(7, [
    message(1, product),
    text(2, 'product'),
    message(5, matrix),
    message(11, valueInfo('input0', { type: 'float32', axes: [1, 3] })),
    message(12, valueInfo('output0', { type: 'float32', axes: [1, 4] })),
  ]);
  return Uint8Array.from([number(1, 8), graph, message(8, [number(2, 13)])].flat());
}

/** A network of less than 200 bytes that makes a constant of 1 GB when it is loaded, beside a picture as its input and output. */
export function hungryNetwork(): Uint8Array {
  const picture: OnnxInput = { type: 'float32', axes: [1, 3, 8, 8] };
  const length = [number(1, 1), number(2, DATA_TYPE.int64), number(7, 2 ** 28), text(8, 'length')];
  const graph = message(7, [
    message(1, [text(1, 'input0'), text(2, 'output0'), text(4, 'Identity')]),
    message(1, [text(1, 'length'), text(2, 'output1'), text(4, 'ConstantOfShape')]),
    text(2, 'hungry'),
    message(5, length),
    message(11, valueInfo('input0', picture)),
    message(12, valueInfo('output0', picture)),
    message(12, valueInfo('output1', { type: 'float32', axes: ['length'] })),
  ]);
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
