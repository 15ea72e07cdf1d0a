import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';

/** The optional native backend. A variable, so that the compiler does not look for a package that may be absent. */
const NATIVE_PACKAGE: string = '@tensorflow/tfjs-node';

export type TfjsBackend = 'tensorflow' | 'wasm';

let chosen: Promise<TfjsBackend> | undefined;

/**
 * Starts TensorFlow.js once for each process: on libtensorflow if `@tensorflow/tfjs-node` is installed and works with this
 * version of Node, otherwise on WebAssembly. Their results differ only by rounding.
 */
export function startTfjs(): Promise<TfjsBackend> {
  chosen ??= startNative().catch(startWebAssembly);
  return chosen;
}

async function startNative(): Promise<TfjsBackend> {
  await import(NATIVE_PACKAGE);
  await start('tensorflow');
  // With an unsupported version of Node, the package loads and fails at its first tensor.
  tf.tidy(() => tf.abs(tf.tensor1d([-1])).dataSync());
  return 'tensorflow';
}

async function startWebAssembly(): Promise<TfjsBackend> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(entry) + sep);
  const before = ERRORS.map((event) => process.rawListeners(event));
  await start('wasm');
  // Emscripten adds listeners that end the process at every error, also at one that another listener handles.
  for (const [index, event] of ERRORS.entries())
    for (const listener of process.rawListeners(event))
      if (!before[index]?.includes(listener)) process.removeListener(event, listener as () => void);
  return 'wasm';
}

const ERRORS = ['uncaughtException', 'unhandledRejection'] as const;

async function start(backend: TfjsBackend): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`Expected the backend ${backend} to start`);
  await tf.ready();
}
