import type { Manifest } from './manifest.js';

/** What a network says of one picture, before any of it is interpreted. */
export interface RawOutput {
  readonly scores: Float32Array;
  readonly embedding?: Float32Array;
}

/** A loaded network. One picture at a time: a batch would gain nothing on the cores that serve. */
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
