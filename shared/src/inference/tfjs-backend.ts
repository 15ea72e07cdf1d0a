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
  await start('wasm');
  return 'wasm';
}

async function start(backend: TfjsBackend): Promise<void> {
  if (!(await tf.setBackend(backend))) throw new Error(`Expected the backend ${backend} to start`);
  await tf.ready();
}
