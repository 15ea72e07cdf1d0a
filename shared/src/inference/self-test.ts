import { ModelError, type ModelFault } from '../errors.js';
import { decodeImage } from '../imaging/decode.js';
import { DEFAULT_LIMITS } from '../imaging/limits.js';
import { describeSystemError } from '../system-error.js';
import type { GoldenImage } from './manifest.js';
import { type EngineName, outputSize } from './manifest-facts.js';
import type { Model } from './model.js';

/**
 * Runs the golden set: the same bytes must give the same outputs as on the machine that made the model.
 * @throws {ModelError} lists each picture with other outputs, or the output with another size.
 */
export async function selfTest(
  model: Model,
  engine: EngineName,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const faults: ModelFault[] = [];
  for (const image of model.manifest.golden) {
    const bytes = files.get(image.file);
    if (bytes === undefined) throw new Error(`Expected the bytes of ${image.file}`);
    const fault = await testOn(model, engine, { image, bytes });
    if (fault !== undefined) faults.push(fault);
    // The size of an output is the same for every picture, so one is enough.
    if (fault?.at === 'output.scores') break;
  }
  if (faults.length > 0) throw new ModelError(model.ref.id, faults);
}

async function testOn(
  model: Model,
  engine: EngineName,
  { image, bytes }: { readonly image: GoldenImage; readonly bytes: Uint8Array },
): Promise<ModelFault | undefined> {
  const { manifest } = model;
  const decoded = await decodeImage(bytes, { ...manifest.input, ...manifest.preprocessing }, DEFAULT_LIMITS);
  const { scores } = await model.infer(decoded).catch((error: unknown) => {
    const { width, height } = manifest.input;
    const received = describeSystemError(error).replaceAll(/\s+/g, ' ').trim();
    const fault = { at: 'input', expected: `a network for ${width} x ${height} pixels`, received };
    throw new ModelError(model.ref.id, [fault], { cause: error });
  });
  if (scores.length !== outputSize(manifest)) {
    return { at: 'output.scores', expected: `${outputSize(manifest)} outputs`, received: `${scores.length}` };
  }
  const expected = image.outputs[engine] ?? [];
  const tolerance = image.tolerance[engine] ?? 0;
  const index = scores.findIndex(
    (score, at) => !(Math.abs(score - (expected[at] ?? Number.NaN)) <= tolerance),
  );
  if (index === -1) return undefined;
  return {
    at: `${image.file}, output ${index}`,
    expected: `${expected[index]} within ${tolerance}`,
    received: `${scores[index]}`,
  };
}
