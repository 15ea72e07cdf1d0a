import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { LABELLING, spareWorker } from '@hangtag/functions/platform/spare-worker.js';
import { expect } from 'chai';
import { withEnvironment } from '../support/environment.js';

describe('the worker that starts before the declarations are read', () => {
  const pidOf = (FUNCTION_TARGET: string | undefined) =>
    withEnvironment({ FUNCTION_TARGET }, async () => {
      const spare = spareWorker();
      spare?.close();
      return spare?.pid;
    });

  it('is for the functions that load a model at their start', () => {
    const { start } = FUNCTIONS.find(({ name }) => name === 'classify') ?? {};
    const labelling = FUNCTIONS.filter((entry) => entry.start === start);

    expect(LABELLING).to.have.members(labelling.map(({ name }) => name));
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
