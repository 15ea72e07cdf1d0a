/** The stores of tenants: the same contract in memory and in Firestore. */
import type { Firestore } from '@google-cloud/firestore';
import { FirestoreTenantStore } from '@hangtag/shared/adapters/firestore/tenant-store.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { TenantDocuments, TenantStore } from '@hangtag/shared/ports/tenant-store.js';
import { expect } from 'chai';
import { emulatedFirestore } from '../support/emulated-firestore.js';
import { until } from '../support/until.js';

const ACME = 'acme' as TenantId;
const OTHER = 'other' as TenantId;
const FULL = { name: 'Acme', thresholds: { auto: 0.9 }, quota: { imagesPerDay: 10 } };

interface Opened {
  readonly store: TenantStore;
  /** Writes any content, as somebody may by hand. */
  readonly put: (tenant: TenantId, content: object) => Promise<void>;
  /** Of the store's log. */
  readonly lines: readonly object[];
}

function promisesOfTenants(open: () => Opened): void {
  it('lists what was created, and creates once', async () => {
    const { store } = open();

    expect(await store.create(ACME, FULL)).to.equal(true);
    expect(await store.create(ACME, { name: 'Other' })).to.equal(false);

    expect(await store.list()).to.deep.equal(new Map([[ACME, FULL]]));
  });

  it('replaces all settings, of a tenant that has some', async () => {
    const { store } = open();
    await store.create(ACME, FULL);

    expect(await store.replace(ACME, { name: 'Acme Inc.' })).to.equal(true);
    expect(await store.replace(OTHER, FULL)).to.equal(false);

    expect(await store.list()).to.deep.equal(new Map([[ACME, { name: 'Acme Inc.' }]]));
  });

  it('keeps the models of a tenant when its settings are replaced', async () => {
    const { store, put } = open();
    const pin = { id: 'shop', version: '1', digest: 'a'.repeat(64) };
    const model = { active: pin, previous: null, shadow: { ...pin, version: '2', share: 0.1 } };
    await put(ACME, { ...FULL, model });

    await store.replace(ACME, { name: 'Acme Inc.' });

    expect(await store.list()).to.deep.equal(new Map([[ACME, { name: 'Acme Inc.', model }]]));
  });

  it('removes once', async () => {
    const { store } = open();
    await store.create(ACME, FULL);

    expect(await store.remove(ACME)).to.equal(true);
    expect(await store.remove(ACME)).to.equal(false);
    expect((await store.list()).size).to.equal(0);
  });

  it('calls back with all tenants at first and after each change, until it is stopped', async () => {
    const { store } = open();
    await store.create(ACME, FULL);
    const seen: TenantDocuments[] = [];
    const stop = store.watch((tenants) => void seen.push(tenants));
    await until('the change', () => seen.at(-1)?.has(ACME));

    await store.create(OTHER, { name: 'Other' });
    await until('the change', () => seen.at(-1)?.size === 2);
    await store.remove(ACME);
    await until('the change', () => seen.at(-1)?.size === 1);
    stop();
    const count = seen.length;
    await store.remove(OTHER);

    expect(seen).to.have.length(count);
    expect(seen.at(-1)).to.deep.equal(new Map([[OTHER, { name: 'Other' }]]));
  });

  it('leaves out a document that cannot be read, with one line', async () => {
    const { store, put, lines } = open();
    await store.create(ACME, FULL);
    await put(OTHER, { timeZone: 'Mars/Olympus' });

    const tenants = await store.list();

    expect([...tenants.keys()]).to.deep.equal([ACME]);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.include({ outcome: 'unreadable-record', document: 'tenants/other' });
  });
}

describe('Tenants in memory', () => {
  promisesOfTenants(() => {
    const lines: object[] = [];
    const store = new MemoryTenantStore({ error: (line) => void lines.push(line) });
    return { store, lines, put: async (tenant, content) => store.put(tenant, content) };
  });
});

describe('Tenants in Firestore', () => {
  let firestore: Firestore;

  beforeEach(async function () {
    firestore = await emulatedFirestore('tenants', this);
  });

  afterEach(() => firestore?.terminate());

  promisesOfTenants(() => {
    const lines: object[] = [];
    const store = new FirestoreTenantStore(firestore, { error: (line) => void lines.push(line) });
    const put = async (tenant: TenantId, content: object) => {
      await firestore.doc(`tenants/${tenant}`).set(content);
    };
    return { store, lines, put };
  });
});
