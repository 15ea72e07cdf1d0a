import { withModelVersions } from '@hangtag/bench/measure/model-versions.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';

describe('The versions of the shipped model that a benchmark uses', () => {
  it('can be stored, and one of them labels', async function () {
    this.timeout(120_000);
    const version = await withModelVersions(2, async ({ pins, open }) => {
      const { registry, use } = await open(1);
      const [, second] = pins;
      use({ active: second ?? expect.fail('Expected two versions') });
      return (await registry.resolve(DEFAULT_TENANT)).manifest.version;
    });

    expect(version).to.equal('2');
  });
});
