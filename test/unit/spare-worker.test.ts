import { spareWorker } from '@hangtag/functions/platform/spare-worker.js';
import { expect } from 'chai';
import { withEnvironment } from '../support/environment.js';

describe('the worker that starts before the declarations are read', () => {
  const pidOf = (FUNCTION_TARGET: string | undefined) =>
    withEnvironment({ FUNCTION_TARGET }, async () => {
      const spare = spareWorker(['classify', 'api']);
      spare?.close();
      return spare?.pid;
    });

  it('starts in an instance of such a function', async () => {
    expect(await pidOf('classify')).to.be.a('number');
    expect(await pidOf('ingest,hangtag.api')).to.be.a('number');
  });

  it('does not start in an instance of another function, or if the declarations are only read', async () => {
    expect(await pidOf('ingest')).to.equal(undefined);
    expect(await pidOf(undefined)).to.equal(undefined);
  });
});
