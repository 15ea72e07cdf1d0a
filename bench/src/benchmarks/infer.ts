/** Inference alone, with every installed engine: one picture at a time on one thread, as a worker does it. */
import { loadModel } from '@hangtag/shared/inference/load-model.js';
import type { EngineName } from '@hangtag/shared/inference/manifest-facts.js';
import { startTfjs } from '@hangtag/shared/inference/tfjs-backend.js';
import { type Benchmark, type Context, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { MODEL_DIR } from '../measure/model.js';

const IMAGES = { full: 100, quick: 10 };
const RUNS = { full: 5, quick: 2 };
const WARM_UP = 5;

export const benchmark: Benchmark = async (context) => [
  await inferBy('onnx', 'onnx', context),
  await inferBy('onnx-fp32', 'onnx-fp32', context),
  await inferBy('tfjs', await tfjsHere(context), context),
];

/** TensorFlow.js uses the best installed backend. */
async function tfjsHere({ say }: Context): Promise<string> {
  if ((await startTfjs()) === 'tensorflow') {
    say('infer: tfjs-wasm is not measured, since @tensorflow/tfjs-node works here and is used.');
    return 'tfjs-node';
  }
  say(
    'infer: tfjs-node is not measured, since @tensorflow/tfjs-node is not installed or does not work here.',
  );
  return 'tfjs-wasm';
}

export async function inferBy(engine: EngineName, name: string, { scale }: Context): Promise<Measurement> {
  const model = await loadModel(MODEL_DIR, { engine });
  const { width, height } = model.manifest.input;
  // The content does not matter: the network does the same work for every picture.
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 31) % 256);
  const infer = () => model.infer({ width, height, pixels });
  await repeat(WARM_UP, infer);
  const values = await repeat(RUNS[scale], async () => {
    const startedAt = performance.now();
    await repeat(IMAGES[scale], infer);
    return (performance.now() - startedAt) / IMAGES[scale];
  });
  await model.close();
  return { name: `infer.${name}_ms`, unit: 'ms', values };
}
