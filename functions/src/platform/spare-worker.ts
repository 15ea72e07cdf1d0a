/** What a process of the functions starts before it reads the declarations. */
import type { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import { spareClassifier } from '@hangtag/shared/inference/spare-classifier.js';
import { isServed } from './function-target.js';

/** The functions that load a model at their start. The function table is not read yet. */
export const LABELLING: readonly string[] = ['classify', 'classifyBackfill', 'api'];

/**
 * The first worker of the model, which loads its libraries on another core while this process reads the declarations.
 *
 * @returns undefined in a process that loads no model at its start, or that only reads the declarations
 */
export function spareWorker(): SpareWorker | undefined {
  const isInstance = process.env['FUNCTION_TARGET'] !== undefined;
  return isInstance && LABELLING.some((name) => isServed(name)) ? spareClassifier() : undefined;
}
