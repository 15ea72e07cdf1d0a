import type { ImageLimits } from '../../imaging/limits.js';
import type { EngineName } from '../manifest.js';

/** What a worker process is told when it starts. Written and read by the same build. */
export interface WorkerSettings {
  readonly modelDir: string;
  readonly engine: EngineName;
  readonly limits: ImageLimits;
  readonly maxRssBytes: number;
}

export function formatSettings(settings: WorkerSettings): string {
  return JSON.stringify(settings);
}

export function parseSettings(argument: string | undefined): WorkerSettings {
  if (argument === undefined)
    throw new TypeError('Expected settings as the first argument but received none');
  return JSON.parse(argument);
}
