import { ModelError, type ModelFault } from '../errors.js';
import { type DecodedImage, decodeImage } from '../imaging/decode.js';
import { DEFAULT_LIMITS } from '../imaging/limits.js';
import { describeSystemError } from '../system-error.js';
import type { GoldenImage, Manifest } from './manifest.js';
import { type EngineName, outputSize } from './manifest-facts.js';
import type { Model } from './model.js';

export interface GoldenPicture {
  readonly image: GoldenImage;
  readonly picture: DecodedImage;
}

/**
 * Decodes the golden set in other threads, so that the network can be opened meanwhile.
 * @param files the bytes of each picture by its path
 * @throws {ImageError} a picture cannot be decoded
 */
export async function decodeGolden(
  { golden, input, preprocessing }: Manifest,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<readonly GoldenPicture[]> {
  return Promise.all(
    golden.map(async (image) => {
      const bytes = files.get(image.file);
      if (bytes === undefined) throw new Error(`Expected the bytes of ${image.file}`);
      const picture = await decodeImage(bytes, { ...input, ...preprocessing }, DEFAULT_LIMITS);
      return { image, picture };
    }),
  );
}

/**
 * Runs the golden set: the same pictures must give the same outputs as on the machine that made the model.
 * @throws {ModelError} lists each picture with other outputs, or the output with another size.
 */
export async function selfTest(
  model: Model,
  engine: EngineName,
  golden: readonly GoldenPicture[],
): Promise<void> {
  const faults: ModelFault[] = [];
  for (const each of golden) {
    const fault = await testOn(model, engine, each);
    if (fault !== undefined) faults.push(fault);
    // The size of an output is the same for every picture, so one is enough.
    if (fault?.at === 'output.scores') break;
  }
  if (faults.length > 0) throw new ModelError(model.ref.id, faults);
}

async function testOn(
  model: Model,
  engine: EngineName,
  { image, picture }: GoldenPicture,
): Promise<ModelFault | undefined> {
  const { manifest } = model;
  const { scores } = await model.infer(picture).catch((error: unknown) => {
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
