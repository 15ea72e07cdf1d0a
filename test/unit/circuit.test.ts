import {
  CLOSED,
  DEFAULT_CIRCUIT_POLICY,
  isCheckDue,
  onCheckFailed,
  onCheckPassed,
  onImage,
} from '@hangtag/shared/domain/circuit.js';
import { onSettled } from '@hangtag/shared/domain/transitions.js';
import { CrashError, ImageError, TransientError } from '@hangtag/shared/errors.js';
import { CircuitOpen, withCircuitBreaker } from '@hangtag/shared/inference/circuit-breaker.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import { expect } from 'chai';
import { aRecord, generation, MODEL } from '../fixtures/records.js';
import { rejection } from '../support/rejection.js';

const POLICY = { coolDownMs: 1_000, checkEveryMs: 100 };
const IMAGE = Uint8Array.of(1);

describe('The circuit of a model', () => {
  it('tries images while it is closed', () => {
    expect(onImage(CLOSED, 0)).to.equal('try');
    expect(onImage(onCheckPassed(5), 5)).to.equal('try');
  });

  it('refuses images for the cool-down after a failed check, then has the model checked', () => {
    const open = onCheckFailed(10, POLICY);

    expect(onImage(open, 10)).to.equal('refuse');
    expect(onImage(open, 1_009)).to.equal('refuse');
    expect(onImage(open, 1_010)).to.equal('check');
  });

  it('has the model checked at the first failure, and again once the interval is over', () => {
    expect(isCheckDue(CLOSED, 0, POLICY)).to.equal(true);
    expect(isCheckDue(onCheckPassed(10), 109, POLICY)).to.equal(false);
    expect(isCheckDue(onCheckPassed(10), 110, POLICY)).to.equal(true);
    expect(isCheckDue(onCheckFailed(10, POLICY), 109, POLICY)).to.equal(false);
  });

  it('waits for a minute by default, and checks at most every ten seconds', () => {
    expect(DEFAULT_CIRCUIT_POLICY).to.deep.equal({ coolDownMs: 60_000, checkEveryMs: 10_000 });
  });
});

describe('A classifier with a circuit breaker', () => {
  let inner: ReturnType<typeof scripted>;
  let checks: number;
  let checkFails: Error | undefined;
  /** Of the next checks, one for each. */
  let crashes: Error[];
  let nowMs: number;
  let classifier: Classifier;
  beforeEach(() => {
    inner = scripted();
    checks = 0;
    checkFails = undefined;
    crashes = [];
    nowMs = 0;
    const check = async () => {
      checks += 1;
      const crash = crashes.shift();
      if (crash) throw crash;
      if (checkFails) throw checkFails;
    };
    classifier = withCircuitBreaker(inner, { check, clock: { now: () => nowMs }, policy: POLICY });
  });

  it('stays closed however many images kill their worker, while the model knows its golden picture', async () => {
    inner.error = new CrashError('out of memory');

    for (let i = 0; i < 50; i += 1) {
      expect(await rejection(classifier.classify(IMAGE))).to.equal(inner.error);
      nowMs += 10;
    }

    expect(inner.calls).to.equal(50);
    expect(checks, 'checks in 500 ms').to.equal(5);
  });

  it('opens if the model fails on its golden picture, and refuses images without trying them', async () => {
    inner.error = new TypeError('no session');
    checkFails = new Error('another label');

    const first = await rejection(classifier.classify(IMAGE));
    const second = await rejection(classifier.classify(IMAGE));

    for (const refusal of [first, second])
      expect(refusal).to.be.instanceOf(CircuitOpen).with.property('cause', checkFails);
    expect(inner.calls).to.equal(1);
  });

  it('repeats a check whose worker was killed, and opens if it is killed again', async () => {
    inner.error = new CrashError('killed');
    crashes = [new CrashError('killed')];
    expect(await rejection(classifier.classify(IMAGE))).to.equal(inner.error);
    expect(checks).to.equal(2);

    nowMs = 100;
    crashes = [new CrashError('killed'), new CrashError('killed')];

    expect(await rejection(classifier.classify(IMAGE))).to.be.instanceOf(CircuitOpen);
    expect(checks).to.equal(4);
  });

  it('closes after the cool-down once the model passes its check', async () => {
    inner.error = new TypeError('no session');
    checkFails = new Error('another label');
    await rejection(classifier.classify(IMAGE));
    inner.error = undefined;
    checkFails = undefined;
    nowMs = 1_000;

    await classifier.classify(IMAGE);

    expect(checks).to.equal(2);
    expect(inner.calls).to.equal(2);
  });

  it('stays open if the check fails again', async () => {
    inner.error = new TypeError('no session');
    checkFails = new Error('another label');
    await rejection(classifier.classify(IMAGE));
    nowMs = 1_000;

    const error = await rejection(classifier.classify(IMAGE));

    expect(error).to.be.instanceOf(CircuitOpen);
    expect(inner.calls).to.equal(1);
    expect(checks).to.equal(2);
  });

  it('runs one check for all images that wait for it', async () => {
    inner.error = new CrashError('out of memory');

    await Promise.all(Array.from({ length: 8 }, () => rejection(classifier.classify(IMAGE))));

    expect(checks).to.equal(1);
  });

  for (const error of [new ImageError('corrupt', 'bad bytes'), new TransientError('the queue is full')]) {
    it(`does not check the model after a ${error.name}`, async () => {
      inner.error = error;

      expect(await rejection(classifier.classify(IMAGE))).to.equal(error);

      expect(checks).to.equal(0);
    });
  }

  it('takes a check that could not run for no answer', async () => {
    inner.error = new CrashError('out of memory');
    checkFails = new TransientError('the queue is full');

    expect(await rejection(classifier.classify(IMAGE))).to.equal(inner.error);
    inner.error = undefined;
    await classifier.classify(IMAGE);

    expect(inner.calls).to.equal(2);
  });
});

describe('An image that met an open circuit', () => {
  it('is deferred, so that the sweep queues it again', () => {
    const decision = onSettled(aRecord(), generation(5), { kind: 'deferred' });

    expect(decision).to.deep.equal({
      kind: 'update',
      change: { set: { status: 'deferred', reason: 'circuit-open' } },
    });
  });
});

function scripted() {
  return {
    calls: 0,
    error: undefined as Error | undefined,
    model: MODEL,
    close: async () => undefined,
    async classify(): ReturnType<Classifier['classify']> {
      this.calls += 1;
      if (this.error !== undefined) throw this.error;
      return { scores: [], unknown: false, decodeMs: 0, inferMs: 0 };
    },
  };
}
