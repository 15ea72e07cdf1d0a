import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { expect } from 'chai';
import { BUCKET, generation } from '../../fixtures/records.js';

describe('The message of a generation', () => {
  const messageFor = (name: string) => imageMessageOf({ bucket: BUCKET, name, generation: generation(5) });

  it('contains the object and the key of its record', () => {
    expect(messageFor('tenants/acme/a.jpg')).to.deep.equal({
      tenant: 'acme',
      imageId: imageIdOf(BUCKET, 'tenants/acme/a.jpg'),
      bucket: BUCKET,
      name: 'tenants/acme/a.jpg',
      generation: '5',
    });
  });

  it('has the default tenant if the name claims a tenant that cannot exist', () => {
    expect(messageFor('tenants/../a.jpg').tenant).to.equal('default');
  });
});
