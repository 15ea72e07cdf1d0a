import type { Manifest } from './manifest.js';

/** The raw outputs of a network for one picture. */
export interface RawOutput {
  readonly scores: Float32Array;
  readonly embedding?: Float32Array;
}

/** A loaded network. It takes one picture at a time, because a batch is not faster on a processor core. */
export interface Engine {
  /** Order of the tensor's axes. */
  readonly layout: Manifest['input']['layout'];
  /** `tensor` holds height x width x 3 values in the engine's layout; it may be reused once this resolves. */
  run(tensor: Float32Array): Promise<RawOutput>;
  close(): Promise<void>;
}

/** What an engine needs to open a network. */
export interface EngineSource {
  readonly manifest: Manifest;
  /** The file that the manifest names for this engine, read and verified, and those beside it by path. */
  readonly entry: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}
