import { CircuitOpen, withCircuitBreaker } from '@hangtag/functions/classify/circuit-breaker.js';
import {
  type Circuit,
  CLOSED,
  DEFAULT_CIRCUIT_POLICY,
  onFailure,
  onSuccess,
  onTry,
} from '@hangtag/shared/domain/circuit.js';
import { onSettled } from '@hangtag/shared/domain/transitions.js';
import { ImageError } from '@hangtag/shared/errors.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import { assert } from 'chai';
import { aRecord, generation, MODEL } from '../fixtures/records.js';

const POLICY = { window: 4, coolDownMs: 1_000 };

describe('The circuit', () => {
  it('stays closed at half, and opens at more than half of the window', () => {
    const half = [1, 2].reduce((circuit) => onFailure(circuit, 0, POLICY), CLOSED);

    assert.isTrue(onTry(half, 0, POLICY).isAllowed);
    assert.isFalse(onTry(onFailure(half, 0, POLICY), 0, POLICY).isAllowed);
  });

  it('opens by default when more than half of a hundred failed, for a minute', () => {
    const fail = (times: number) =>
      Array.from({ length: times }).reduce<Circuit>(
        (circuit) => onFailure(circuit, 0, DEFAULT_CIRCUIT_POLICY),
        CLOSED,
      );
    const isAllowed = (circuit: Circuit, nowMs: number) =>
      onTry(circuit, nowMs, DEFAULT_CIRCUIT_POLICY).isAllowed;

    assert.isTrue(isAllowed(fail(50), 0));
    assert.isFalse(isAllowed(fail(51), 59_999));
    assert.isTrue(isAllowed(fail(51), 60_000));
  });

  it('forgets failures that are older than the window', () => {
    let circuit = [1, 2].reduce((each) => onFailure(each, 0, POLICY), CLOSED);
    for (let i = 0; i < 4; i += 1) circuit = onSuccess(circuit, POLICY);

    assert.isTrue(onTry(onFailure(circuit, 0, POLICY), 0, POLICY).isAllowed);
  });

  it('lets one through after the cool-down, and waits for how it ends', () => {
    const open = [1, 2, 3].reduce((circuit) => onFailure(circuit, 0, POLICY), CLOSED);

    const trial = onTry(open, 1_000, POLICY);

    assert.isTrue(trial.isAllowed);
    assert.isFalse(onTry(trial.circuit, 1_000, POLICY).isAllowed);
    assert.isTrue(onTry(onSuccess(trial.circuit, POLICY), 1_000, POLICY).isAllowed);
    assert.isFalse(onTry(onFailure(trial.circuit, 1_000, POLICY), 1_999, POLICY).isAllowed);
  });
});

describe('A classifier with a circuit breaker', () => {
  it('is left alone while it is open, and works again after it recovered', async () => {
    let nowMs = 0;
    const inner = failingClassifier();
    const classifier = withCircuitBreaker(inner, { now: () => nowMs }, POLICY);
    for (let i = 0; i < 3; i += 1) await classifier.classify(new Uint8Array()).catch(() => undefined);

    const whileOpen = await classifier.classify(new Uint8Array()).catch((error: unknown) => error);
    const callsWhileOpen = inner.calls;
    inner.error = undefined;
    nowMs = 1_000;
    await classifier.classify(new Uint8Array());
    await classifier.classify(new Uint8Array());

    assert.instanceOf(whileOpen, CircuitOpen);
    assert.equal(callsWhileOpen, 3);
    assert.equal(inner.calls, 5);
  });

  it('does not hold bad images against the model', async () => {
    const inner = failingClassifier();
    inner.error = new ImageError('corrupt', 'bad bytes');
    const classifier = withCircuitBreaker(inner, { now: () => 0 }, POLICY);

    for (let i = 0; i < 20; i += 1) await classifier.classify(new Uint8Array()).catch(() => undefined);

    assert.equal(inner.calls, 20);
  });
});

describe('An image that met an open circuit', () => {
  it('is deferred, so that the sweep brings it back', () => {
    const decision = onSettled(aRecord(), generation(5), { kind: 'deferred' });

    assert.deepEqual(decision, {
      kind: 'update',
      change: { set: { status: 'deferred', reason: 'circuit-open' } },
    });
  });
});

function failingClassifier() {
  return {
    calls: 0,
    error: new Error('out of memory') as Error | undefined,
    model: MODEL,
    close: async () => undefined,
    async classify(): ReturnType<Classifier['classify']> {
      this.calls += 1;
      if (this.error !== undefined) throw this.error;
      return { scores: [], unknown: false, decodeMs: 0, inferMs: 0 };
    },
  };
}
