import { eventualClassifier } from '@hangtag/shared/inference/eventual-classifier.js';
import type { Classifier, Prediction } from '@hangtag/shared/ports/classifier.js';
import { expect } from 'chai';

const PREDICTION: Prediction = { scores: [], unknown: false, decodeMs: 1, inferMs: 2 };
const STARTED: Classifier = {
  model: { id: 'colours', version: '1', sha256: 'ab' },
  classify: async () => PREDICTION,
  close: async () => {},
};
const IMAGE = Buffer.from('a picture');

describe('a classifier that is still starting', () => {
  it('accepts an image before it is ready, and answers afterwards', async () => {
    let start: (started: Classifier) => void = () => {};
    const ready = new Promise<Classifier>((resolve) => {
      start = resolve;
    });
    const classifier = eventualClassifier(ready);
    let isAnswered = false;
    const answer = classifier.classify(IMAGE).finally(() => {
      isAnswered = true;
    });
    await new Promise(setImmediate);
    expect(isAnswered).to.equal(false);

    start(STARTED);

    expect(await answer).to.equal(PREDICTION);
    expect(classifier.model).to.equal(STARTED.model);
  });

  it('fails every image with the reason if it could not start', async () => {
    const refusal = new Error('Expected another model');
    const classifier = eventualClassifier(Promise.reject(refusal));

    const outcomes = await Promise.allSettled([classifier.classify(IMAGE), classifier.classify(IMAGE)]);

    expect(outcomes).to.deep.equal([
      { status: 'rejected', reason: refusal },
      { status: 'rejected', reason: refusal },
    ]);
  });

  it('names no model before one has answered', () => {
    const classifier = eventualClassifier(Promise.resolve(STARTED));

    expect(() => classifier.model).to.throw('Expected a classifier that has started');
  });
});
