import { classifyCommand } from '@hangtag/functions/classify/command.js';
import { ingestCommand } from '@hangtag/functions/ingest/command.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { InputError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import { BUCKET, NAME } from '../fixtures/records.js';

const RESOURCE = {
  bucket: BUCKET,
  name: NAME,
  generation: '1767323045000123',
  size: '1234',
  contentType: 'image/jpeg',
  md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==',
  timeCreated: '2026-01-02T03:04:05.678Z',
  metadata: { owner: 'desk-7' },
};

describe('The event of the bucket', () => {
  it('is read in the form of production, with numbers as strings', () => {
    const { timeCreated, ...rest } = RESOURCE;
    expect(ingestCommand('finalized', { ...RESOURCE, metageneration: '1' }, BUCKET)).to.deep.equal({
      kind: 'finalized',
      object: { ...rest, size: 1234, uploadedAt: Date.parse(timeCreated) },
    });
  });

  it('is read in the form of emulators, with numbers, and without optional fields', () => {
    const { bucket, name, timeCreated } = RESOURCE;
    const { object } = ingestCommand(
      'deleted',
      { bucket, name, timeCreated, generation: 1234567890123 },
      BUCKET,
    );
    expect(object).to.deep.include({ generation: '1234567890123', size: 0, contentType: '', metadata: {} });
  });

  for (const name of HOSTILE_NAMES) {
    it(`keeps the name ${JSON.stringify(name).slice(0, 40)} unchanged`, () => {
      expect(ingestCommand('finalized', { ...RESOURCE, name }, BUCKET).object.name).to.equal(name);
    });
  }

  for (const kind of ['finalized', 'deleted', 'archived', 'metadataUpdated'] as const) {
    it(`is refused if it is of another bucket: ${kind}`, () => {
      expect(() => ingestCommand(kind, { ...RESOURCE, bucket: 'other' }, BUCKET)).to.throw(
        InputError,
        `Expected bucket "${BUCKET}" for the ${kind} event but received "other"`,
      );
    });
  }

  const malformed: Record<string, unknown> = {
    'nothing at all': undefined,
    'a text': 'gone',
    'no bucket': { ...RESOURCE, bucket: undefined },
    'an empty name': { ...RESOURCE, name: '' },
    'half a character in its name': { ...RESOURCE, name: 'a\uD83D.jpg' },
    'no generation': { ...RESOURCE, generation: undefined },
    'a generation in words': { ...RESOURCE, generation: 'latest' },
    'a negative size': { ...RESOURCE, size: '-1' },
    'a size in words': { ...RESOURCE, size: 'large' },
    'no time': { ...RESOURCE, timeCreated: undefined },
    'a time in words': { ...RESOURCE, timeCreated: 'yesterday' },
    'metadata that is no text': { ...RESOURCE, metadata: { owner: { $gt: '' } } },
  };
  for (const [what, data] of Object.entries(malformed)) {
    it(`is malformed with ${what}`, () => {
      expect(() => ingestCommand('finalized', data, BUCKET)).to.throw(
        InputError,
        'Expected a storage object for the finalized event',
      );
    });
  }
});

describe('The message of an image', () => {
  const MESSAGE = {
    tenant: 'default',
    imageId: imageIdOf(BUCKET, NAME),
    bucket: BUCKET,
    name: NAME,
    generation: '1767323045000123',
  };
  const publishTime = '2026-01-02T03:04:05.678Z';
  const delivery = (message: unknown, more: object = {}) => ({
    message: { data: Buffer.from(JSON.stringify(message) ?? '').toString('base64'), publishTime },
    ...more,
  });

  it('is read as Eventarc delivers it', () => {
    expect(
      classifyCommand(delivery(MESSAGE, { subscription: 's', deliveryAttempt: 2 }), BUCKET),
    ).to.deep.equal({
      message: MESSAGE,
      publishedAt: Date.parse(publishTime),
      deliveryAttempt: 2,
    });
  });

  it('has no number of deliveries if the subscription does not count them', () => {
    expect(classifyCommand(delivery(MESSAGE), BUCKET)).not.to.have.property('deliveryAttempt');
  });

  it('contains the version of a record that was created for it', () => {
    const message = { ...MESSAGE, created: { version: '1767323045.123', uploadedAt: 1767323045000 } };
    expect(classifyCommand(delivery(message), BUCKET).message).to.deep.equal(message);
  });

  it('has the address of its object, not the address that it contains', () => {
    const forged = { ...MESSAGE, tenant: '../other', imageId: imageIdOf(BUCKET, 'other.jpg') };
    expect(classifyCommand(delivery(forged), BUCKET).message).to.deep.equal(MESSAGE);
  });

  it('is refused if it is of an object in another bucket', () => {
    expect(() => classifyCommand(delivery({ ...MESSAGE, bucket: 'other' }), BUCKET)).to.throw(
      InputError,
      `Expected bucket "${BUCKET}" for an image message but received "other"`,
    );
  });

  const malformed: Record<string, unknown> = {
    'nothing at all': undefined,
    'no data': { message: { publishTime } },
    'data that is no JSON': { message: { data: Buffer.from('{').toString('base64'), publishTime } },
    'no time': { message: { data: delivery(MESSAGE).message.data } },
    'no bucket': delivery({ ...MESSAGE, bucket: undefined }),
    'no generation': delivery({ ...MESSAGE, generation: '' }),
    'an empty name': delivery({ ...MESSAGE, name: '' }),
    'a creation without a version': delivery({ ...MESSAGE, created: { uploadedAt: 1 } }),
    'a delivery before the first': delivery(MESSAGE, { deliveryAttempt: 0 }),
  };
  for (const [what, data] of Object.entries(malformed)) {
    it(`is malformed with ${what}`, () => {
      expect(() => classifyCommand(data, BUCKET)).to.throw(InputError, 'Expected an image message');
    });
  }
});
