import { ModelError } from '../errors.js';
import type { Engine, EngineSource, RawOutput } from './engine.js';
import type { Manifest } from './manifest.js';
import { type InferenceSession, openSession, Tensor } from './onnx-runtime.js';

/**
 * ONNX Runtime on the CPU. One thread for each process: the pool has a process for each core, and more threads
 * would only compete for the cores.
 */
export async function openOnnx({ manifest, entry, files }: EngineSource): Promise<Engine> {
  const session = await openSession(entry, files, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: true,
    enableMemPattern: true,
  });
  assertNames(manifest, entry, session);
  const { input, output } = manifest;
  const dims =
    input.layout === 'NCHW' ? [1, 3, input.height, input.width] : [1, input.height, input.width, 3];
  return {
    layout: input.layout,
    async run(tensor): Promise<RawOutput> {
      const results = await session.run({ [input.name]: new Tensor('float32', tensor, dims) });
      const scores = floats(results[output.scores]);
      return output.embedding === null
        ? { scores }
        : { scores, embedding: floats(results[output.embedding]) };
    },
    close: () => session.release(),
  };
}

function assertNames({ input, output }: Manifest, entry: string, session: InferenceSession): void {
  const wanted = [
    { at: 'input.name', name: input.name, names: session.inputNames },
    { at: 'output.scores', name: output.scores, names: session.outputNames },
    { at: 'output.embedding', name: output.embedding, names: session.outputNames },
  ];
  const faults = wanted
    .filter(({ name, names }) => name !== null && !names.includes(name))
    .map(({ at, name, names }) => ({ at, expected: `one of ${names.join(', ')}`, received: String(name) }));
  if (faults.length > 0) throw new ModelError(entry, faults);
}

function floats(tensor: Tensor | undefined): Float32Array {
  const data = tensor?.data;
  if (!(data instanceof Float32Array)) {
    throw new TypeError(`Expected float32 for output but received ${tensor?.type ?? 'nothing'}`);
  }
  return data;
}
