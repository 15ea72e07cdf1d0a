import { statusOf, transientOr as transientRequest } from '@hangtag/shared/adapters/gcs/http-outcome.js';
import { transientOr as transientCall } from '@hangtag/shared/adapters/grpc-outcome.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const coded = (code: unknown) => Object.assign(new Error('refused'), { code });

describe('An error of Google’s clients', () => {
  // https://grpc.io/docs/guides/status-codes/
  const CODES = Array.from({ length: 17 }, (_, code) => code);
  const IS_TRANSIENT = new Set([1, 2, 4, 8, 10, 13, 14]);
  for (const code of CODES) {
    it(`with gRPC status ${code} ${IS_TRANSIENT.has(code) ? 'becomes a TransientError' : 'is not changed'}`, () => {
      const error = coded(code);
      const outcome = transientCall(error, 'write');
      expect(outcome instanceof TransientError).to.equal(IS_TRANSIENT.has(code));
      if (!IS_TRANSIENT.has(code)) expect(outcome).to.equal(error);
    });
  }

  const STATUSES = {
    399: true,
    400: false,
    404: false,
    408: true,
    412: false,
    429: true,
    499: false,
    500: true,
  };
  for (const [status, isTransient] of Object.entries({ ...STATUSES, 503: true, ECONNRESET: true })) {
    it(`with HTTP status ${status} ${isTransient ? 'becomes a TransientError' : 'is not changed'}`, () => {
      const error = coded(Number(status) || status);
      const outcome = transientRequest(error, 'read a.jpg');
      expect(outcome instanceof TransientError).to.equal(isTransient);
      if (!isTransient) expect(outcome).to.equal(error);
    });
  }

  it('becomes a TransientError that names the failed action and has the cause', () => {
    const error = coded(14);
    for (const outcome of [transientCall(error, 'publish'), transientRequest(error, 'publish')]) {
      expect(String(outcome)).to.equal('TransientError: Could not publish: Error: refused');
      expect(outcome).to.have.property('cause', error);
    }
  });

  it('has its status in `code` or `status`; other values have no status', () => {
    expect(statusOf(Object.assign(new Error('gone'), { status: 404 }))).to.equal(404);
    expect(statusOf(coded(412))).to.equal(412);
    expect(statusOf({ code: 404 })).to.equal(undefined);
    expect(transientCall({ code: 14 }, 'write')).to.deep.equal({ code: 14 });
  });
});
