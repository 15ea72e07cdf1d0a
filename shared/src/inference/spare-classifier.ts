import { SpareWorker } from './isolation/worker-process.js';

/** The first worker of a classifier, for a program that starts it before anything else. The program closes it at its end. */
export function spareClassifier(): SpareWorker {
  return new SpareWorker(new URL('./isolation/entry.js', import.meta.url));
}
