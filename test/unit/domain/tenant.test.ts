import { parseTenant } from '@hangtag/shared/adapters/tenant-document.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { NO_MODELS } from '@hangtag/shared/domain/model-version.js';
import { type TenantDefault, tenantWith } from '@hangtag/shared/domain/tenant.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { DEFAULT_VERDICT_POLICY } from '@hangtag/shared/domain/verdict.js';
import { InputError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';

const ACME = 'acme' as TenantId;
const DEFAULTS: TenantDefault = {
  timeZone: parseTimeZone('UTC'),
  features: ['organise'],
  thresholds: DEFAULT_VERDICT_POLICY,
  budget: { imagesPerDay: 1_000, usdPerDay: 5 },
  requestsPerMinute: 3_000,
  maxBytes: 32_000,
};
const settings = (document: object) => tenantWith(ACME, parseTenant(document), DEFAULTS);

describe('The settings of a tenant', () => {
  it('are the defaults, with its id as its name, for what its document does not set', () => {
    expect(settings({})).to.deep.equal({
      name: 'acme',
      ...DEFAULTS,
      doubleReviewEvery: undefined,
      models: NO_MODELS,
    });
  });

  it('are those of its document, each by itself', () => {
    const document = {
      name: 'Acme',
      timeZone: 'Asia/Kolkata',
      features: ['embeddings'],
      thresholds: { auto: 0.9, autoPrecision: 0.99, topK: 5 },
      quota: { imagesPerDay: 10, requestsPerMinute: 60 },
      uploads: { maxBytes: 1_000 },
      review: { controlEvery: 20, doubleEvery: 5 },
    };

    expect(settings(document)).to.deep.equal({
      name: 'Acme',
      timeZone: 'Asia/Kolkata',
      features: ['embeddings'],
      thresholds: { ...DEFAULT_VERDICT_POLICY, autoProcessAt: 0.9, autoPrecision: 0.99, topK: 5 },
      budget: { imagesPerDay: 10, usdPerDay: 5 },
      requestsPerMinute: 60,
      maxBytes: 1_000,
      doubleReviewEvery: 5,
      models: NO_MODELS,
    });
  });

  it('never allow an upload that the installation cannot take', () => {
    expect(settings({ uploads: { maxBytes: 64_000 } }).maxBytes).to.equal(32_000);
  });

  it('keep the quick review below the automatic use', () => {
    expect(settings({ thresholds: { auto: 0.5 } }).thresholds.quickReviewAt).to.equal(0.5);
  });

  it('may have fields of a newer version, which are ignored', () => {
    expect(settings({ name: 'Acme', colour: 'red' }).name).to.equal('Acme');
  });

  for (const [document, says] of [
    [{ timeZone: 'Mars/Olympus' }, /timeZone: Expected an IANA name/],
    [{ thresholds: { auto: 85 } }, /thresholds.auto/],
    [{ quota: { imagesPerDay: 0.5 } }, /quota.imagesPerDay/],
    [{ features: ['magic'] }, /features.0/],
    ['text', /Expected a tenant/],
  ] as const)
    it(`are refused by the name of the field: ${JSON.stringify(document)}`, () => {
      expect(() => parseTenant(document)).to.throw(InputError, says);
    });
});
