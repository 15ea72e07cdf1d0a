import type { ImageLimits } from '../../imaging/limits.js';
import type { Manifest } from '../manifest.js';
import type { EngineName } from '../manifest-facts.js';

/** The settings of a worker, which it receives when it starts. */
export interface ModelSettings {
  readonly modelDir: string;
  /** Read and checked by the parent. Each worker verifies the files that it uses, and checks the golden pictures. */
  readonly manifest: Manifest;
  readonly engine: EngineName;
  readonly limits: ImageLimits;
}
