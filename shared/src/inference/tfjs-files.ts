import { posix } from 'node:path';
import { z } from 'zod';

/** The part of TensorFlow.js' `model.json` that is read here. The library checks the rest. */
const modelJson = z.looseObject({
  format: z.string().optional(),
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()) })),
});

export type TfjsModelJson = z.infer<typeof modelJson>;

/** @throws {TypeError | SyntaxError} this is no TensorFlow.js model. */
export function parseTfjsModel(bytes: Uint8Array): TfjsModelJson {
  const parsed = modelJson.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  if (parsed.success) return parsed.data;
  throw new TypeError('another JSON file: a model of TensorFlow.js has modelTopology and weightsManifest');
}

/** The paths of its weights, in their order, relative to `model.json`. */
export function weightPaths(entry: string, { weightsManifest }: TfjsModelJson): readonly string[] {
  return weightsManifest.flatMap(({ paths }) => paths.map((path) => posix.join(posix.dirname(entry), path)));
}

export function isGraphModel({ format, modelTopology }: TfjsModelJson): boolean {
  return format === 'graph-model' || 'node' in modelTopology;
}
