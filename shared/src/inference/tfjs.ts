import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { z } from 'zod';
import type { Engine, EngineSource, RawOutput } from './engine.js';
import { startTfjs } from './tfjs-backend.js';
import { isGraphModel, parseTfjsModel, weightPaths } from './tfjs-files.js';

/** The outputs of one run: the scores, and the embedding where the manifest names one. */
interface Network {
  run(input: tf.Tensor4D): readonly tf.Tensor[];
  dispose(): void;
}

/**
 * TensorFlow.js, for a graph model (from the converter) or a layers model (from Keras or Teachable Machine).
 * Every tensor of a run is gone when it returns.
 */
export async function openTfjs(source: EngineSource): Promise<Engine> {
  await startTfjs();
  const { input, output } = source.manifest;
  const names = [output.scores, ...(output.embedding === null ? [] : [output.embedding])];
  const network = await openNetwork(source, names);
  return {
    layout: 'NHWC',
    async run(tensor): Promise<RawOutput> {
      const [scores, embedding] = tf.tidy(() =>
        network.run(tf.tensor4d(tensor, [1, input.height, input.width, 3])).map(copyOut),
      );
      if (scores === undefined) throw new Error('Expected scores of the network but received none');
      return embedding === undefined ? { scores } : { scores, embedding };
    },
    async close() {
      network.dispose();
    },
  };
}

async function openNetwork({ entry, files }: EngineSource, names: readonly string[]): Promise<Network> {
  const read = (path: string): Uint8Array => {
    const bytes = files.get(path);
    if (bytes === undefined) throw new Error(`Expected ${path} to be listed in files`);
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
  return isGraphModel(model) ? openGraph(handler, names) : openLayers(handler, names);
}

async function openGraph(handler: tf.io.IOHandler, names: readonly string[]): Promise<Network> {
  const model = await loadGraphModel(handler);
  const nodes = outputNodes(
    model.outputs.map(({ name }) => name),
    signatureOf(model.modelSignature),
    names,
  );
  return {
    run: (input) => [model.execute(input, nodes)].flat(),
    dispose: () => model.dispose(),
  };
}

async function openLayers(handler: tf.io.IOHandler, names: readonly string[]): Promise<Network> {
  const model = await loadLayersModel(handler);
  const positions = outputNodes(model.outputNames, {}, names).map((name) => model.outputNames.indexOf(name));
  return {
    run: (input) => {
      const outputs = [model.predict(input)].flat();
      return positions.flatMap((position) => outputs[position] ?? []);
    },
    dispose: () => {
      model.dispose();
    },
  };
}

/**
 * By name where the graph or its signature has it; by position where a converter has renamed the outputs. A wrong
 * guess does not survive the golden set.
 */
function outputNodes(
  available: readonly string[],
  signature: Readonly<Record<string, string>>,
  names: readonly string[],
): string[] {
  const byName = names.flatMap((name) => signature[name] ?? (available.includes(name) ? name : []));
  return byName.length === names.length ? byName : available.slice(0, names.length);
}

function signatureOf(signature: unknown): Readonly<Record<string, string>> {
  const outputs = z
    .object({ outputs: z.record(z.string(), z.object({ name: z.string() })) })
    .safeParse(signature);
  if (!outputs.success) return {};
  return Object.fromEntries(Object.entries(outputs.data.outputs).map(([key, { name }]) => [key, name]));
}

function copyOut(tensor: tf.Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
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
