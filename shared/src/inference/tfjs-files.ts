import { posix } from 'node:path';
import { z } from 'zod';

/** What is read here of TensorFlow.js' `model.json`; the library checks the rest. */
const modelJson = z.looseObject({
  format: z.string().optional(),
  modelTopology: z.looseObject({}),
  weightsManifest: z.array(z.looseObject({ paths: z.array(z.string()) })),
});

export type TfjsModelJson = z.infer<typeof modelJson>;

/** @throws {z.ZodError | SyntaxError} this is no TensorFlow.js model. */
export function parseTfjsModel(bytes: Uint8Array): TfjsModelJson {
  return modelJson.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}

/** Where its weights lie, in the order in which they belong together. They are named from where `model.json` lies. */
export function weightPaths(entry: string, { weightsManifest }: TfjsModelJson): readonly string[] {
  return weightsManifest.flatMap(({ paths }) => paths.map((path) => posix.join(posix.dirname(entry), path)));
}

export function isGraphModel({ format, modelTopology }: TfjsModelJson): boolean {
  return format === 'graph-model' || 'node' in modelTopology;
}
