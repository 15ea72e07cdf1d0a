import { destinationOf, isCopyOf, isReplaceable } from '@hangtag/shared/domain/destination.js';
import { isErased, onErased } from '@hangtag/shared/domain/erasure.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { aCorrection, aLabelledRecord, aRecord, BUCKET, generation } from '../../fixtures/records.js';

describe('the place of a settled image', () => {
  it('is the folder of its category, done or in review', () => {
    const [done, review] = (['done', 'review'] as const).map((status) =>
      aLabelledRecord({ status, name: 'a/b.jpg' }),
    );

    expect(done && destinationOf(done)).to.equal('processed/Handbags/a/b.jpg');
    expect(review && destinationOf(review)).to.equal('processed/Handbags/a/b.jpg');
  });

  it('is inside the folder of its tenant, and not inside another folder called tenants', () => {
    const placeOf = (name: string) => destinationOf(aLabelledRecord({ name }));

    expect(placeOf('tenants/acme/a.jpg')).to.equal('tenants/acme/processed/Handbags/a.jpg');
    expect(placeOf('old/tenants/acme/a.jpg')).to.equal('processed/Handbags/old/tenants/acme/a.jpg');
    expect(placeOf('tenants/a.jpg')).to.equal('processed/Handbags/tenants/a.jpg');
  });

  it('follows a correction of this generation, and of no other', () => {
    const placeWithCorrection = (of: number) =>
      destinationOf(aLabelledRecord({ name: 'a', correction: aCorrection({ generation: generation(of) }) }));

    expect(placeWithCorrection(5)).to.equal('processed/Heels/a');
    expect(placeWithCorrection(4)).to.equal('processed/Handbags/a');
  });

  it('is one folder if the category contains slashes', () => {
    expect(destinationOf(aLabelledRecord({ name: 'a', category: 'T-shirt/top/x' }))).to.equal(
      'processed/T-shirt-top-x/a',
    );
  });

  it('does not exist if the category is no safe folder name', () => {
    for (const category of [
      '..',
      '../up',
      '.',
      '',
      ' ',
      'a\r\nb',
      'a\u0000b',
      '\u202Egpj',
      'x'.repeat(101),
    ]) {
      const correction = aCorrection({ category });
      expect(destinationOf(aLabelledRecord({ category })), category).to.equal(undefined);
      expect(destinationOf(aLabelledRecord({ correction })), category).to.equal(undefined);
    }
  });

  it('is the quarantine of its reason, if it failed', () => {
    expect(destinationOf(aRecord({ status: 'failed', reason: 'truncated', name: 'a' }))).to.equal(
      'quarantine/truncated/a',
    );
    expect(destinationOf(aRecord({ status: 'failed', name: 'a' }))).to.equal('quarantine/unknown/a');
  });

  it('does not exist while the record is not settled, or has no category', () => {
    for (const status of ['queued', 'skipped', 'deferred', 'deleted'] as const)
      expect(destinationOf(aLabelledRecord({ status })), status).to.equal(undefined);
    expect(destinationOf(aLabelledRecord({ category: null }))).to.equal(undefined);
  });

  it('contains the whole name, or the id of the image if the name would be too long', () => {
    const folder = 'processed/Handbags/';
    const longest = 'é'.repeat((1_024 - folder.length - 1) / 2);
    const placeOf = (name: string) => destinationOf(aLabelledRecord({ name }));

    expect(placeOf(`${longest}x`)).to.equal(`${folder}${longest}x`);
    expect(placeOf(`${longest}xx`)).to.equal(`${folder}${imageIdOf(BUCKET, `${longest}xx`)}`);
    const inTenant = `tenants/acme/${'x'.repeat(1_000)}`;
    expect(placeOf(inTenant)).to.equal(`tenants/acme/${folder}${imageIdOf(BUCKET, inTenant)}`);
  });
});

describe('an object at the place of an image', () => {
  const record = aLabelledRecord({ size: 7, md5Hash: 'same' });
  const objectSaying = (source: string | undefined, facts: object = {}) => ({
    size: 7,
    md5Hash: 'same',
    metadata: source === undefined ? { owner: 'jane' } : { 'hangtag-source-generation': source },
    ...facts,
  });

  it('is a copy of the original if its metadata, size and MD5 match', () => {
    expect(isCopyOf(objectSaying('5'), record)).to.equal(true);
  });

  it('is no copy if its metadata matches but its content differs', () => {
    expect(isCopyOf(objectSaying('5', { size: 8 }), record)).to.equal(false);
    expect(isCopyOf(objectSaying('5', { md5Hash: 'other' }), record)).to.equal(false);
    const composed = { ...record, md5Hash: '' };
    expect(isCopyOf(objectSaying('5', { md5Hash: '' }), composed), 'nothing to compare').to.equal(false);
  });

  it('is no copy if it names another source, or none', () => {
    for (const source of ['4', '6', '9999999999999999999', '05', '-5', 'five', '', undefined])
      expect(isCopyOf(objectSaying(source), record), source).to.equal(false);
    expect(isCopyOf(undefined, record)).to.equal(false);
  });

  it('may be replaced by a copy of the same or a newer generation than its source', () => {
    const mayBeReplaced = (source: string | undefined) => isReplaceable(objectSaying(source), generation(5));

    expect(['4', '5'].map(mayBeReplaced)).to.deep.equal([true, true]);
    for (const source of ['6', '9999999999999999999', 'five', '', '-', undefined])
      expect(mayBeReplaced(source), source).to.equal(false);
  });
});

describe('an erased record', () => {
  it('contains nothing about the image or its owner', () => {
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
          typicality: null,
          shadow: null,
          opinion: null,
          embedding: null,
          palette: null,
          colours: [],
          vector: null,
          backbone: null,
          heat: null,
          correction: null,
        },
      },
    });
  });

  it('is erased once, and an unknown record is not erased', () => {
    const nothing = { kind: 'void', because: 'erased' };

    expect(onErased(undefined)).to.deep.equal(nothing);
    expect(onErased(aRecord({ name: '' }))).to.deep.equal(nothing);
    expect([isErased({ name: '' }), isErased({ name: 'a' })]).to.deep.equal([true, false]);
  });
});
