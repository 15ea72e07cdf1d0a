import type { GraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Engine, EngineSource, RawOutput } from './engine.js';
import { startTfjs } from './tfjs-backend.js';
import { outputNamesOf, readTfjsModel, signatureOf } from './tfjs-model.js';

/** The outputs of one run: the scores, and the embedding if the manifest has one. */
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
  const model = await readTfjsModel(entry, files);
  return 'modelSignature' in model ? graphNetwork(model, names) : layersNetwork(model, names);
}

function graphNetwork(model: GraphModel, names: readonly string[]): Network {
  const nodes = outputNodes(outputNamesOf(model), signatureOf(model.modelSignature), names);
  return {
    run: (input) => [model.execute(input, nodes)].flat(),
    dispose: () => model.dispose(),
  };
}

function layersNetwork(model: LayersModel, names: readonly string[]): Network {
  const available = outputNamesOf(model);
  const positions = outputNodes(available, {}, names).map((name) => available.indexOf(name));
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
 * Finds an output by name if the graph or its signature has the name; by position if a converter has renamed the outputs. If the
 * position is wrong, the golden set fails.
 */
function outputNodes(
  available: readonly string[],
  signature: Readonly<Record<string, string>>,
  names: readonly string[],
): string[] {
  const byName = names.flatMap((name) => signature[name] ?? (available.includes(name) ? name : []));
  return byName.length === names.length ? byName : available.slice(0, names.length);
}

function copyOut(tensor: tf.Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}
