import { createHash } from 'node:crypto';
import {
  checkOf,
  DEFAULT_TENANT,
  imageIdOf,
  isTenantId,
  parseTenantId,
  tenantOf,
} from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../../fixtures/hostile-names.js';
import { BUCKET, generation } from '../../fixtures/records.js';

describe('The identity of an image', () => {
  it('is the digest of bucket, NUL and name in base64url', () => {
    const expected = createHash('sha256').update(Buffer.from('bucket\0name.jpg')).digest('base64url');
    expect(imageIdOf('bucket', 'name.jpg')).to.equal(expected);
  });

  it('is a safe id of its own for every hostile name', () => {
    const ids = HOSTILE_NAMES.map((name) => imageIdOf(BUCKET, name));

    for (const id of ids) expect(id).to.match(/^[A-Za-z0-9_-]{43}$/);
    expect(new Set(ids).size).to.equal(HOSTILE_NAMES.length);
  });

  it('differs if bucket and name are the same text only when joined', () => {
    expect(imageIdOf('ab', 'c')).not.to.equal(imageIdOf('a', 'bc'));
  });
});

describe('The tenant of a name', () => {
  it('is "default" if the name is in no folder of a tenant', () => {
    expect(DEFAULT_TENANT).to.equal('default');
    for (const name of [
      'a.jpg',
      'tenants',
      'tenants/a.jpg',
      'x/tenants/acme/a.jpg',
      'Tenants/acme/a.jpg',
      ' tenants/acme/a',
    ]) {
      expect(tenantOf(name), name).to.equal('default');
    }
  });

  it('is that of the folder', () => {
    expect(tenantOf('tenants/acme/a.jpg')).to.equal('acme');
    expect(tenantOf('tenants/Acme_2-b/c/d.jpg')).to.equal('Acme_2-b');
    expect(tenantOf('tenants/acme/')).to.equal('acme');
  });

  it('is undefined if no tenant can have the folder', () => {
    for (const claimed of [
      '',
      '..',
      '.',
      '-acme',
      '_acme',
      'a b',
      'a.b',
      'a\n',
      'ä',
      '__proto__',
      'a'.repeat(64),
    ]) {
      expect(tenantOf(`tenants/${claimed}/a.jpg`), claimed).to.equal(undefined);
    }
  });

  it('has an id of 1 to 63 letters, digits, hyphens and underscores that starts with a letter or digit', () => {
    expect(isTenantId('a')).to.equal(true);
    expect(isTenantId(`0${'z'.repeat(62)}`)).to.equal(true);
    expect(isTenantId('a'.repeat(64))).to.equal(false);
    expect(isTenantId('a/b')).to.equal(false);
    expect(isTenantId('')).to.equal(false);
  });

  it('is parsed from such an id, and from nothing else', () => {
    expect(parseTenantId('acme')).to.equal('acme');
    expect(() => parseTenantId('../acme')).to.throw(TypeError, 'but received "../acme"');
  });
});

describe('The check of a generation', () => {
  it('is the first five bytes of the digest of name, NUL and generation', () => {
    const digest = createHash('sha256').update(Buffer.from('a.jpg\u00005')).digest('hex');
    expect(checkOf('a.jpg', generation(5))).to.equal(Number.parseInt(digest.slice(0, 10), 16));
  });

  it('differs between generations of one name', () => {
    expect(checkOf('a.jpg', generation(5))).not.to.equal(checkOf('a.jpg', generation(6)));
  });
});
