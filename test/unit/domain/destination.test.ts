import { destinationOf, isCopyOf } from '@hangtag/shared/domain/destination.js';
import { isErased, onErased } from '@hangtag/shared/domain/erasure.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { aCorrection, aLabelledRecord, aRecord, BUCKET, generation } from '../../fixtures/records.js';

describe('the place of a settled image', () => {
  it('is the folder of its category, done or to be looked at', () => {
    const [done, review] = (['done', 'review'] as const).map((status) =>
      aLabelledRecord({ status, name: 'a/b.jpg' }),
    );

    expect(done && destinationOf(done)).to.equal('processed/Handbags/a/b.jpg');
    expect(review && destinationOf(review)).to.equal('processed/Handbags/a/b.jpg');
  });

  it("is inside its tenant's folder, and nothing else that is called tenants counts as one", () => {
    const placeOf = (name: string) => destinationOf(aLabelledRecord({ name }));

    expect(placeOf('tenants/acme/a.jpg')).to.equal('tenants/acme/processed/Handbags/a.jpg');
    expect(placeOf('old/tenants/acme/a.jpg')).to.equal('processed/Handbags/old/tenants/acme/a.jpg');
    expect(placeOf('tenants/a.jpg')).to.equal('processed/Handbags/tenants/a.jpg');
  });

  it("follows a person's word on this generation, and on no other", () => {
    const told = (of: number) =>
      destinationOf(aLabelledRecord({ name: 'a', correction: aCorrection({ generation: generation(of) }) }));

    expect(told(5)).to.equal('processed/Heels/a');
    expect(told(4)).to.equal('processed/Handbags/a');
  });

  it('is one folder, whatever the category is called', () => {
    expect(destinationOf(aLabelledRecord({ name: 'a', category: 'T-shirt/top/x' }))).to.equal(
      'processed/T-shirt-top-x/a',
    );
  });

  it('is the quarantine of its reason, where it failed', () => {
    expect(destinationOf(aRecord({ status: 'failed', reason: 'truncated', name: 'a' }))).to.equal(
      'quarantine/truncated/a',
    );
    expect(destinationOf(aRecord({ status: 'failed', name: 'a' }))).to.equal('quarantine/unknown/a');
  });

  it('is nowhere while nothing is settled, or nothing is to be filed', () => {
    for (const status of ['queued', 'skipped', 'deferred', 'deleted'] as const)
      expect(destinationOf(aLabelledRecord({ status })), status).to.equal(undefined);
    expect(destinationOf(aLabelledRecord({ category: null }))).to.equal(undefined);
  });

  it('has the name whole as long as a bucket takes it, and the id of the image where it is longer', () => {
    const folder = 'processed/Handbags/';
    const longest = 'é'.repeat((1_024 - folder.length - 1) / 2);
    const placeOf = (name: string) => destinationOf(aLabelledRecord({ name }));

    expect(placeOf(`${longest}x`)).to.equal(`${folder}${longest}x`);
    expect(placeOf(`${longest}xx`)).to.equal(`${folder}${imageIdOf(BUCKET, `${longest}xx`)}`);
    const inTenant = `tenants/acme/${'x'.repeat(1_000)}`;
    expect(placeOf(inTenant)).to.equal(`tenants/acme/${folder}${imageIdOf(BUCKET, inTenant)}`);
  });
});

describe('what lies at a place', () => {
  it('is a copy of the generation that it says it was made of, and of those before', () => {
    const copyOf = (source: string) => ({ metadata: { 'hangtag-source-generation': source } });

    expect(isCopyOf(copyOf('5'), generation(5))).to.equal(true);
    expect(isCopyOf(copyOf('6'), generation(5))).to.equal(true);
    expect(isCopyOf(copyOf('4'), generation(5))).to.equal(false);
  });

  it('is no copy where it says nothing, or where nothing is', () => {
    expect(isCopyOf({ metadata: { owner: 'jane' } }, generation(5))).to.equal(false);
    expect(isCopyOf(undefined, generation(5))).to.equal(false);
  });
});

describe('an erased record', () => {
  it('says nothing of the image, nor of its owner', () => {
    const decision = onErased(aLabelledRecord({ owner: 'jane', ref: 'R-1', correction: aCorrection() }));

    expect(decision).to.deep.equal({
      kind: 'update',
      change: {
        set: {
          status: 'deleted',
          reason: null,
          present: false,
          name: '',
          contentType: '',
          md5Hash: '',
          size: 0,
          check: 0,
          owner: null,
          ref: null,
          category: null,
          confidence: null,
          labels: [],
          tier: null,
          embedding: null,
          correction: null,
        },
      },
    });
  });

  it('is erased once, and what was never there is not', () => {
    const nothing = { kind: 'void', because: 'erased' };

    expect(onErased(undefined)).to.deep.equal(nothing);
    expect(onErased(aRecord({ name: '' }))).to.deep.equal(nothing);
    expect([isErased({ name: '' }), isErased({ name: 'a' })]).to.deep.equal([true, false]);
  });
});
