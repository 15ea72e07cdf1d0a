import { ModelError } from '../errors.js';
import type { Manifest } from './manifest.js';
import type { EngineName } from './manifest-facts.js';

/** The input and outputs of a network, by its own file; undefined if the file does not contain them. */
export interface NetworkShape {
  readonly input: {
    readonly name: string;
    readonly layout: Manifest['input']['layout'];
    readonly width: number | undefined;
    readonly height: number | undefined;
  };
  /** `size`: how many numbers the output has for one picture. */
  readonly outputs: readonly { readonly name: string; readonly size: number | undefined }[];
}

/** An axis is a number, or of any size: null, a name or a negative number. */
type Axes = readonly unknown[];

/**
 * @throws {ModelError} the input is not one picture of three channels.
 * @throws the library's own error if it cannot read the network.
 */
export function inspectNetwork(
  engine: EngineName,
  entry: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<NetworkShape> {
  return engine === 'tfjs' ? inspectTfjs(entry, files) : inspectOnnx(entry, files);
}

async function inspectOnnx(entry: string, files: ReadonlyMap<string, Uint8Array>): Promise<NetworkShape> {
  const { openSession } = await import('./onnx-runtime.js');
  const session = await openSession(entry, files, {});
  try {
    const [input, ...others] = session.inputMetadata;
    if (input === undefined || others.length > 0 || !input.isTensor || input.type !== 'float32') {
      const received = session.inputMetadata
        .map((each) => (each.isTensor ? each.type : 'no tensor'))
        .join(', ');
      const expected = 'one tensor of float32 (export the network with such an input)';
      throw new ModelError(entry, [{ at: 'input', expected, received }]);
    }
    const outputs = session.outputMetadata.map((each) => ({
      name: each.name,
      size: each.isTensor ? numbersOf(each.shape) : undefined,
    }));
    return { input: { name: input.name, ...sides(entry, input.shape) }, outputs };
  } finally {
    await session.release();
  }
}

async function inspectTfjs(entry: string, files: ReadonlyMap<string, Uint8Array>): Promise<NetworkShape> {
  const [{ startTfjs }, { outputNamesOf, readTfjsModel, signatureOf }] = await Promise.all([
    import('./tfjs-backend.js'),
    import('./tfjs-model.js'),
  ]);
  await startTfjs();
  const model = await readTfjsModel(entry, files);
  try {
    const signature = Object.entries('modelSignature' in model ? signatureOf(model.modelSignature) : {});
    const [input] = model.inputs;
    const outputs = outputNamesOf(model).map((name, index) => ({
      name: signature.find(([, node]) => node.replace(/:0$/, '') === name.replace(/:0$/, ''))?.[0] ?? name,
      size: numbersOf(model.outputs[index]?.shape ?? []),
    }));
    return { input: { name: input?.name ?? 'input', ...sides(entry, input?.shape ?? []) }, outputs };
  } finally {
    model.dispose();
  }
}

function sides(entry: string, axes: Axes): Omit<NetworkShape['input'], 'name'> {
  const isOnePicture = axes.length === 4 && (sizeOf(axes[0]) ?? 1) === 1;
  if (isOnePicture && axes[3] === 3)
    return { layout: 'NHWC', height: sizeOf(axes[1]), width: sizeOf(axes[2]) };
  if (isOnePicture && axes[1] === 3)
    return { layout: 'NCHW', height: sizeOf(axes[2]), width: sizeOf(axes[3]) };
  const fault = { at: 'input', expected: 'axes of 1 x 3 x height x width or 1 x height x width x 3' };
  throw new ModelError(entry, [{ ...fault, received: axes.join(' x ') || 'none' }]);
}

/** The first of several axes is the picture's number. */
function numbersOf(axes: Axes): number | undefined {
  const sizes = (axes.length > 1 ? axes.slice(1) : axes).map(sizeOf);
  return sizes.length === 0
    ? undefined
    : sizes.reduce<number | undefined>((all, size) => (all && size ? all * size : undefined), 1);
}

function sizeOf(axis: unknown): number | undefined {
  return typeof axis === 'number' && axis > 0 ? axis : undefined;
}
