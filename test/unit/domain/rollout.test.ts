import {
  type ModelPin,
  NO_MODELS,
  parseModelVersion,
  type TenantModels,
} from '@hangtag/shared/domain/model-version.js';
import { modelsAfter, onPromoted, onRolledBack, onTrial } from '@hangtag/shared/domain/rollout.js';
import { expect } from 'chai';

const pin = (version: string): ModelPin => ({ id: 'shop', version, digest: version.repeat(64) });
const models = (facts: Partial<TenantModels>): TenantModels => ({ ...NO_MODELS, ...facts });

describe('A rollout', () => {
  it('puts a version on trial beside the active one', () => {
    const shadow = { ...pin('2'), share: 0.1 };

    expect(onTrial(models({ active: pin('1') }), shadow)).to.deep.equal(models({ active: pin('1'), shadow }));
    expect(onTrial(models({ active: pin('2') }), shadow)).to.have.property('refusal');
  });

  it('promotes a version, ends the trial and remembers the former one', () => {
    const before = models({ active: pin('1'), shadow: { ...pin('2'), share: 0.1 } });

    expect(onPromoted(before, { ...pin('2'), share: 0.1 } as ModelPin)).to.deep.equal(
      models({ active: pin('2'), previous: pin('1') }),
    );
    expect(onPromoted(before, pin('1'))).to.have.property('refusal');
  });

  it('rolls back to the former version, and from it to the model of the installation', () => {
    const once = onRolledBack(models({ active: pin('2'), previous: pin('1') })) as TenantModels;
    const twice = onRolledBack(once) as TenantModels;

    expect(once).to.deep.equal(models({ active: pin('1') }));
    expect(twice).to.deep.equal(NO_MODELS);
    expect(onRolledBack(twice)).to.have.property('refusal');
  });

  it('begins with the model of the installation', () => {
    expect(modelsAfter(undefined)).to.deep.equal(NO_MODELS);
  });
});

describe('The name of a version', () => {
  it('is id@version, of characters that can be names of folders', () => {
    expect(parseModelVersion('shop@1.2.1-learned.0a1b')).to.deep.equal({
      id: 'shop',
      version: '1.2.1-learned.0a1b',
    });
    for (const wrong of ['shop', 'shop@', '@1', 'a@1@2', 'a@../x', 'a/b@1', 'a@1.partial', 'a@.1'])
      expect(parseModelVersion(wrong), wrong).to.equal(undefined);
  });
});
