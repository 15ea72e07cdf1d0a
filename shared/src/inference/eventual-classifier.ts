import type { Classifier } from '../ports/classifier.js';

/**
 * A classifier that is still starting: images wait until it is ready. If it cannot start, each of them fails with the error of
 * `ready`.
 */
export function eventualClassifier(ready: Promise<Classifier>): Classifier {
  let started: Classifier | undefined;
  return {
    /** Known once an image was classified. */
    get model() {
      if (started === undefined) throw new Error('Expected a classifier that has started');
      return started.model;
    },
    async classify(image, options) {
      started = await ready;
      return started.classify(image, options);
    },
    close: async () => (await ready).close(),
  };
}
