/** Which mutants a pull request gets: see `npm run mutation -- --since`. */
import { expect } from 'chai';
import { fromRoot } from '../fixtures/paths.js';

const { filesByPart, changedSince } = await import(fromRoot('test/mutation/changed-files.mjs'));

describe('The mutants of a change', () => {
  it('are those of the built files, in the parts that mutate them', async () => {
    const sources = [
      'shared/src/domain/report/money.ts',
      'shared/src/log.ts',
      'shared/src/adapters/gcs/object-store.ts',
      'shared/src/ports/clock.ts',
      'shared/README.md',
    ];

    const found = await filesByPart(['domain', 'settings', 'adapters', 'cloud'], sources);

    expect(Object.fromEntries(found)).to.deep.equal({
      domain: ['shared/dist/domain/report/money.js'],
      settings: ['shared/dist/log.js'],
      cloud: ['shared/dist/adapters/gcs/object-store.js'],
    });
  });

  it('are none without a change', async () => {
    expect(changedSince('HEAD').filter((path: string) => !path.startsWith('shared/src/'))).to.deep.equal([]);
    expect((await filesByPart(['domain'], [])).size).to.equal(0);
  });
});
