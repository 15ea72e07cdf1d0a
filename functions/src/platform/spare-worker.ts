/** What a process of the functions starts before it reads the declarations. */
import type { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import { spareClassifier } from '@hangtag/shared/inference/spare-classifier.js';
import { isServed } from './function-target.js';

/**
 * The first worker of the model, which loads its libraries on another core while this process reads the declarations.
 *
 * @param labelling the names of the functions that load a model at their start
 * @returns undefined in a process that serves none of them, or that only reads the declarations
 */
export function spareWorker(labelling: readonly string[]): SpareWorker | undefined {
  const isInstance = process.env['FUNCTION_TARGET'] !== undefined;
  return isInstance && labelling.some((name) => isServed(name)) ? spareClassifier() : undefined;
}
