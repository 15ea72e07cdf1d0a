import type { HeatMap, ModelRef } from '../domain/record.js';
import type { RgbImage } from '../imaging/decode.js';
import type { Vector } from '../ports/classifier.js';
import type { Engine, RawOutput } from './engine.js';
import type { Manifest } from './manifest.js';
import { tensorFiller } from './tensor.js';

/** A network with its preprocessing. */
export interface Model {
  readonly manifest: Manifest;
  readonly ref: ModelRef;
  infer(image: RgbImage): Promise<RawOutput>;
  /** Absent if the model has no projection. */
  readonly vectorOf?: (embedding: Float32Array) => Vector;
  /** Absent if the model does not say how usual a picture is. */
  readonly typicalityOf?: (embedding: Float32Array) => number;
  /** Absent if the manifest names no map of features, or cuts or pads pictures. @returns undefined if the network cannot give it */
  readonly heatOf?: (image: RgbImage, label: string) => Promise<HeatMap | undefined>;
  close(): Promise<void>;
}

export function modelOf(manifest: Manifest, ref: ModelRef, engine: Engine): Model {
  const filler = tensorFiller(manifest, engine.layout);
  return {
    manifest,
    ref,
    infer(image) {
      // A new tensor for each call: the next picture would overwrite a shared tensor before the engine has read it.
      const tensor = new Float32Array(filler.length);
      filler.fill(tensor, image);
      return engine.run(tensor);
    },
    close: () => engine.close(),
  };
}
