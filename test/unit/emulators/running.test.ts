import { Running } from '@hangtag/emulators/start/running.js';
import { expect } from 'chai';
import { until } from '../../support/until.js';

describe('The running parts of a stack', () => {
  it('are stopped in the reverse order of their start, also one that is added after the stop', async () => {
    const running = new Running();
    const stopped: string[] = [];
    for (const name of ['bucket', 'bridge']) running.add(Promise.resolve(name), (part) => stopped.push(part));

    await running.stop();
    running.add(Promise.resolve('late'), (part) => stopped.push(part));

    await until('the last stop', () => stopped.length === 3);
    expect(stopped).to.deep.equal(['bridge', 'bucket', 'late']);
  });
});
