import { staleRanges } from '@hangtag/functions/sweep/stale-model.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import { expect } from 'chai';
import { MODEL, NEXT_MODEL } from '../fixtures/records.js';

const pin = (model: typeof MODEL): ModelPin => ({ id: model.id, version: model.version, digest: '' });
const current = (...own: [string, ModelPin][]) => ({
  installed: MODEL.sha256,
  ofTenants: new Map(own.map(([tenant, model]) => [tenant as TenantId, model])),
});
const all = { bucket: 'b', from: '' };
const parts = (...args: Parameters<typeof staleRanges>) =>
  staleRanges(...args).map(({ from, to }) => [from, to]);

describe('The ranges of names in which a model is not the active one', () => {
  it('are none for the model of the installation, and everything for another one', () => {
    expect(parts(all, MODEL, current())).to.deep.equal([]);
    expect(parts(all, NEXT_MODEL, current())).to.deep.equal([['', undefined]]);
  });

  it('are the folder of a tenant that has another model of its own', () => {
    const models = current(['acme', pin(NEXT_MODEL)]);

    expect(parts(all, MODEL, models)).to.deep.equal([['tenants/acme/', 'tenants/acme0']]);
    expect(parts(all, NEXT_MODEL, models)).to.deep.equal([
      ['', 'tenants/acme/'],
      ['tenants/acme0', undefined],
    ]);
  });

  it('are within the range that is searched', () => {
    const models = current(['acme', pin(NEXT_MODEL)]);

    expect(parts({ bucket: 'b', from: 'tenants/acme/m', to: 'u' }, MODEL, models)).to.deep.equal([
      ['tenants/acme/m', 'tenants/acme0'],
    ]);
    expect(parts({ bucket: 'b', from: 'u' }, MODEL, models)).to.deep.equal([]);
  });

  it('are outside of all folders of tenants if the default tenant has a model of its own', () => {
    const models = current(['default', pin(NEXT_MODEL)]);

    expect(parts(all, MODEL, models)).to.deep.equal([
      ['', 'tenants/'],
      ['tenants0', undefined],
    ]);
    expect(parts(all, NEXT_MODEL, models)).to.deep.equal([['tenants/', 'tenants0']]);
  });
});
