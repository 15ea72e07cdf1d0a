import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import { isGraphModel, parseTfjsModel, weightPaths } from './tfjs-files.js';

/** Reads a graph model (from the converter) or a layers model (from Keras or Teachable Machine) out of its files. */
export async function readTfjsModel(
  entry: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<GraphModel | LayersModel> {
  const read = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new Error(`Expected the file ${path}`);
    return bytes;
  };
  const model = parseTfjsModel(read(entry));
  const raw: tf.io.ModelJSON = JSON.parse(Buffer.from(read(entry)).toString('utf8'));
  const weights = () => concatenate(weightPaths(entry, model).map(read));
  const handler: tf.io.IOHandler = {
    load: () =>
      tf.io.getModelArtifactsForJSON(raw, async (groups) => [
        groups.flatMap((group) => group.weights),
        weights(),
      ]),
  };
  return isGraphModel(model) ? loadGraphModel(handler) : loadLayersModel(handler);
}

/** The names of the outputs: those of their layers or, if a model does not have these, of their tensors. */
export function outputNamesOf(model: GraphModel | LayersModel): readonly string[] {
  const layers = 'outputNames' in model ? model.outputNames : [];
  return model.outputs.map(({ name }, index) => layers[index] ?? name);
}

/** The node of each named output, if the graph contains this table: a converter renames nodes and keeps the old names in it. */
export function signatureOf(signature: unknown): Readonly<Record<string, string>> {
  const outputs = z
    .object({ outputs: z.record(z.string(), z.object({ name: z.string() })) })
    .safeParse(signature);
  if (!outputs.success) return {};
  return Object.fromEntries(Object.entries(outputs.data.outputs).map(([key, { name }]) => [key, name]));
}

function concatenate(parts: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}
