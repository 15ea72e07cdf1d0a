import { statusOf, transientOr as transientRequest } from '@hangtag/shared/adapters/gcs/http-outcome.js';
import { transientOr as transientCall } from '@hangtag/shared/adapters/grpc-outcome.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const coded = (code: unknown) => Object.assign(new Error('refused'), { code });

describe('What an error of Google’s clients means to the work', () => {
  // https://grpc.io/docs/guides/status-codes/
  const CODES = Array.from({ length: 17 }, (_, code) => code);
  const CAN_PASS = new Set([1, 2, 4, 8, 10, 13, 14]);
  for (const code of CODES) {
    it(`of gRPC status ${code}: ${CAN_PASS.has(code) ? 'it can pass' : 'itself'}`, () => {
      const error = coded(code);
      const outcome = transientCall(error, 'write');
      expect(outcome instanceof TransientError).to.equal(CAN_PASS.has(code));
      if (!CAN_PASS.has(code)) expect(outcome).to.equal(error);
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
  for (const [status, canPass] of Object.entries({ ...STATUSES, 503: true, ECONNRESET: true })) {
    it(`of HTTP status ${status}: ${canPass ? 'it can pass' : 'itself'}`, () => {
      const error = coded(Number(status) || status);
      const outcome = transientRequest(error, 'read a.jpg');
      expect(outcome instanceof TransientError).to.equal(canPass);
      if (!canPass) expect(outcome).to.equal(error);
    });
  }

  it('names what could not be done, and keeps the cause', () => {
    const error = coded(14);
    for (const outcome of [transientCall(error, 'publish'), transientRequest(error, 'publish')]) {
      expect(String(outcome)).to.equal('TransientError: Could not publish: Error: refused');
      expect(outcome).to.have.property('cause', error);
    }
  });

  it('is read from `status` where there is no `code`, and from errors only', () => {
    expect(statusOf(Object.assign(new Error('gone'), { status: 404 }))).to.equal(404);
    expect(statusOf(coded(412))).to.equal(412);
    expect(statusOf({ code: 404 })).to.equal(undefined);
    expect(transientCall({ code: 14 }, 'write')).to.deep.equal({ code: 14 });
  });
});
