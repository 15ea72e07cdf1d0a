/** The stores of API keys: the same contract in memory and in Firestore. */
import type { Firestore } from '@google-cloud/firestore';
import { FirestoreApiKeyStore } from '@hangtag/shared/adapters/firestore/api-key-store.js';
import { MemoryApiKeyStore } from '@hangtag/shared/adapters/memory/api-key-store.js';
import type { ApiKey, KeyId } from '@hangtag/shared/domain/api-key.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { ApiKeyStore } from '@hangtag/shared/ports/api-key-store.js';
import { assert } from 'chai';
import { emulatedFirestore } from '../support/emulated-firestore.js';

const KEY: ApiKey = {
  id: '0123456789ab' as KeyId,
  tenant: 'acme' as TenantId,
  name: 'till',
  scopes: ['predict', 'read'],
  digest: 'a'.repeat(64),
  createdAt: 1_767_323_045_123,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
  replacedBy: null,
};

function promisesOfKeys(open: () => ApiKeyStore): void {
  it('returns what was created, and nothing for another id', async () => {
    const store = open();
    await store.create(KEY);

    assert.deepEqual(await store.get(KEY.id), KEY);
    assert.isUndefined(await store.get('ffffffffffff' as KeyId));
  });

  it('creates an id once', async () => {
    const store = open();
    await store.create(KEY);

    assert.isFalse(await store.create({ ...KEY, name: 'other' }));
    assert.equal((await store.get(KEY.id))?.name, 'till');
  });

  it('changes the given fields only, and says if there is no such key', async () => {
    const store = open();
    await store.create(KEY);

    assert.isTrue(await store.update(KEY.id, { lastUsedAt: 1_767_323_046_000 }));
    assert.isFalse(await store.update('ffffffffffff' as KeyId, { revokedAt: 1 }));
    assert.deepEqual(await store.get(KEY.id), { ...KEY, lastUsedAt: 1_767_323_046_000 });
  });

  it('lists the keys of one tenant, the oldest first', async () => {
    const store = open();
    const tenant = 'lister' as TenantId;
    await store.create({ ...KEY, id: 'aaaaaaaaaaa2' as KeyId, tenant, createdAt: 2 });
    await store.create({ ...KEY, id: 'aaaaaaaaaaa1' as KeyId, tenant, createdAt: 1 });
    await store.create({ ...KEY, id: 'aaaaaaaaaaa3' as KeyId });

    const ids = (await store.list(tenant)).map(({ id }) => id);

    assert.deepEqual(ids, ['aaaaaaaaaaa1', 'aaaaaaaaaaa2'] as KeyId[]);
  });
}

describe('API keys in memory', () => {
  promisesOfKeys(() => new MemoryApiKeyStore());
});

describe('API keys in Firestore', () => {
  let firestore: Firestore;

  beforeEach(async function () {
    firestore = await emulatedFirestore('keys', this);
  });

  afterEach(() => firestore?.terminate());

  promisesOfKeys(() => new FirestoreApiKeyStore(firestore));
});
