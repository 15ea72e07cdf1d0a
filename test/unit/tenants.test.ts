/** What the settings of a tenant change, in one application, without a restart. */

import { createApi } from '@hangtag/functions/api/create-api.js';
import { STANDALONE } from '@hangtag/functions/api/listener.js';
import type { Adapters } from '@hangtag/functions/app/adapters.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { report } from '@hangtag/functions/report/handler.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { TenantDocuments, TenantStore } from '@hangtag/shared/ports/tenant-store.js';
import { expect } from 'chai';
import { BUCKET } from '../fixtures/records.js';
import { memoryApp } from '../support/memory-app.js';
import { present } from '../support/present.js';
import { ManualClock, ScriptedClassifier } from '../support/stage.js';

const ACME = 'acme' as TenantId;
const OTHER = 'other' as TenantId;

function running(env: Readonly<Record<string, string>> = {}, adapters: Partial<Adapters> = {}) {
  const clock = new ManualClock();
  const made = memoryApp({
    clock,
    classifier: new ScriptedClassifier(),
    env: { HANGTAG_BUCKET: BUCKET, ...env },
    adapters,
  });
  const upload = async (tenant: TenantId, path: string, bytes = 3) => {
    const name = `tenants/${tenant}/${path}`;
    await made.objects.write({ bucket: BUCKET, name, bytes: new Uint8Array(bytes) });
    const object = present(await made.objects.stat(BUCKET, name), 'an object');
    return (await ingest({ kind: 'finalized', object }, await made.app.ingest())).outcome;
  };
  return { ...made, upload };
}

describe('A tenant', () => {
  it('has its quota of images a day, and another tenant has none', async () => {
    const { tenants, upload } = running();
    await tenants.create(ACME, { quota: { imagesPerDay: 2 } });

    const outcomes = [];
    for (const path of ['1', '2', '3']) outcomes.push(await upload(ACME, path));
    for (const path of ['1', '2', '3']) outcomes.push(await upload(OTHER, path));

    expect(outcomes).to.deep.equal(['queued', 'queued', 'deferred', 'queued', 'queued', 'queued']);
  });

  it('may queue more as soon as its quota is raised', async () => {
    const { tenants, upload } = running({ HANGTAG_TENANT_DAILY_LIMIT_IMAGES: '1' });
    const before = [await upload(ACME, '1'), await upload(ACME, '2')];

    await tenants.create(ACME, { quota: { imagesPerDay: 3 } });

    expect(before).to.deep.equal(['queued', 'deferred']);
    expect([await upload(ACME, '3'), await upload(OTHER, '1'), await upload(OTHER, '2')]).to.deep.equal([
      'queued',
      'queued',
      'deferred',
    ]);
  });

  it('has its own largest upload', async () => {
    const { tenants, upload } = running();
    await tenants.create(ACME, { uploads: { maxBytes: 10 } });

    expect([
      await upload(ACME, 'a', 11),
      await upload(ACME, 'b', 10),
      await upload(OTHER, 'a', 11),
    ]).to.deep.equal(['failed', 'queued', 'queued']);
  });

  it('has its own requests a minute of the API', async () => {
    const { app, tenants } = running();
    await tenants.create(ACME, { quota: { requestsPerMinute: 1 } });
    const authenticate = async (request: Request) => ({
      tenant: request.headers.get('authorization') as TenantId,
      scopes: ['predict', 'read'] as const,
      subject: { kind: 'key' as const, id: 'one' },
    });
    const api = createApi({ app, authenticate, isPublic: false, mounts: STANDALONE });
    const ask = async (tenant: TenantId) =>
      (await api.request('/predict', { method: 'POST', headers: { authorization: tenant } })).status;

    const statuses = [await ask(ACME), await ask(ACME), await ask(OTHER), await ask(OTHER)];

    expect(statuses.map((status) => status === 429)).to.deep.equal([false, true, false, false]);
  });

  it('has its own thresholds in its report', async () => {
    const { app, tenants } = running();
    await tenants.create(ACME, { thresholds: { auto: 0.9 } });
    const ports = await app.report();
    const thresholdIn = async (tenant: TenantId) => {
      const { folder } = await report({ tenant, day: parseDay('2026-01-01') }, ports);
      return JSON.parse((await ports.files.read(`${folder}report.json`)) ?? '{}').confidence.autoProcessAt;
    };

    expect([await thresholdIn(ACME), await thresholdIn(OTHER)]).to.deep.equal([0.9, 0.85]);
  });

  it('costs no read an image', async () => {
    const reads = { list: 0, watch: 0 };
    const { upload, app } = running();
    const counted = memoryApp({
      clock: new ManualClock(),
      classifier: new ScriptedClassifier(),
      env: { HANGTAG_BUCKET: BUCKET },
      adapters: {
        tenantStore: async () =>
          ({
            list: async () => {
              reads.list += 1;
              return new Map();
            },
            watch: () => {
              reads.watch += 1;
              return () => undefined;
            },
          }) as unknown as TenantStore,
      },
    });
    await counted.objects.write({ bucket: BUCKET, name: 'a', bytes: Uint8Array.of(1) });
    const object = present(await counted.objects.stat(BUCKET, 'a'), 'an object');

    for (let image = 0; image < 3; image += 1)
      await ingest(
        { kind: 'finalized', object: { ...object, name: `${image}` } },
        await counted.app.ingest(),
      );

    expect(reads).to.deep.equal({ list: 1, watch: 1 });
    await app.close();
    await upload(OTHER, 'after');
  });
});

describe('The settings of the tenants', () => {
  it('are asked for when an instance starts to label, which does not wait for them', async () => {
    let asked = 0;
    const { app } = running(
      {},
      {
        tenantStore: async () => {
          asked += 1;
          throw new TransientError('no database yet');
        },
      },
    );

    await app.classify();

    expect(asked).to.equal(1);
  });

  it('are not watched if they arrive after the end of the application', async () => {
    let arrive: () => void = () => undefined;
    const arrival = new Promise<TenantDocuments>((resolve) => {
      arrive = () => resolve(new Map());
    });
    let watches = 0;
    const store = {
      list: () => arrival,
      watch() {
        watches += 1;
        return () => {
          watches -= 1;
        };
      },
    };
    const { app } = running({}, { tenantStore: async () => store as unknown as TenantStore });
    await app.classify();
    await app.close();

    arrive();
    await app.tenants();
    await new Promise(setImmediate);

    expect(watches).to.equal(0);
  });
});
