import { type ErasePorts, erase } from '@hangtag/functions/erase/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { report } from '@hangtag/functions/report/handler.js';
import { MemoryErasureStore } from '@hangtag/shared/adapters/memory/erasure-store.js';
import { DEFAULT_TENANT, imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { DAY } from '../fixtures/day-rows.js';
import { BUCKET } from '../fixtures/records.js';
import { ReportStage } from '../support/report-stage.js';

const OWNER = 'jane@example.com';
const COMMAND = { tenant: DEFAULT_TENANT, owner: OWNER, mode: 'erase' } as const;

class EraseStage extends ReportStage {
  readonly erasures = new MemoryErasureStore(this.store);
  readonly erasePorts: ErasePorts = { store: this.erasures, images: this.store, reports: this.ports };

  /** Everything kept anywhere, as text. */
  async everything(): Promise<string> {
    const { objects } = await this.objects.list(BUCKET, {});
    const files = [...(await this.files()).values()].map(({ text }) => text);
    const records = [...this.store.entries()].map(({ record }) => record);
    const archived = await this.ports.archive.find(DEFAULT_TENANT, DAY);
    return JSON.stringify([objects, files, records, archived, this.erasures.audits]);
  }
}

async function reportedDay(): Promise<EraseStage> {
  const stage = new EraseStage();
  await stage.image('returns/jane-1.jpg', { owner: OWNER, ref: 'JANE-1' });
  await stage.image('returns/jane-2.jpg', {
    owner: OWNER,
    status: 'review',
    reason: 'low-confidence',
    category: 'Heels',
    confidence: 0.4,
    tier: 'MANUAL_REVIEW',
  });
  await stage.image('returns/other.jpg', { owner: 'john' });
  await stage.image('tenants/acme/jane-3.jpg', { owner: OWNER });
  stage.comesTheMorning();
  await report({ tenant: DEFAULT_TENANT, day: DAY }, stage.ports);
  return stage;
}

describe("The erasure of one owner's images", () => {
  it('leaves no word of the owner, in bucket, records, reports or audit', async () => {
    const stage = await reportedDay();
    expect(await stage.everything(), 'control').to.match(/jane-1.*JANE-1/s);

    const outcome = await erase(COMMAND, stage.erasePorts);

    expect(outcome).to.include({ outcome: 'erased', images: 2, days: DAY });
    const rest = await stage.everything();
    expect(rest).to.include('returns/other.jpg').and.include('tenants/acme/jane-3.jpg');
    expect(
      rest.replaceAll('tenants/acme/jane-3.jpg', '').replace(/"owner":"jane@example.com"/, ''),
    ).not.to.match(/jane/i);
    expect(stage.erasures.audits).to.deep.equal([{ images: 2, days: [DAY] }]);
  });

  for (const mode of ['copy', 'move'] as const) {
    it(`reaches the copy that was filed by what the image shows: ${mode}`, async () => {
      const stage = new EraseStage();
      await stage.organise(await stage.image('returns/jane-1.jpg', { owner: OWNER }), mode);
      await stage.organise(await stage.image('returns/other.jpg', { owner: 'john' }), mode);
      stage.comesTheMorning();
      const names = async () => (await stage.objects.list(BUCKET, {})).objects.map(({ name }) => name);
      expect(await names(), 'control').to.include('processed/Handbags/returns/jane-1.jpg');

      const outcome = await erase(COMMAND, stage.erasePorts);

      expect(outcome).to.include({ images: 1, copies: 1 });
      expect(await stage.everything()).not.to.match(/jane/i);
      expect(await names()).to.include('processed/Handbags/returns/other.jpg');
    });
  }

  it('keeps the report adding up', async () => {
    const stage = await reportedDay();
    await erase(COMMAND, stage.erasePorts);

    const archived = await stage.ports.archive.find(DEFAULT_TENANT, DAY);

    expect(archived?.report.reconciliation).to.include({ objects: 1, records: 1, rows: 1, balanced: true });
    expect(archived?.report.totals).to.include({ received: 3, deleted: 2 });
  });

  it('is not undone by the event about the deleted object, which names its owner', async () => {
    const stage = await reportedDay();
    const object = await stage.objects.stat(BUCKET, 'returns/jane-1.jpg');
    if (object === undefined) throw new Error('Expected the object');
    await erase(COMMAND, stage.erasePorts);

    const outcome = await ingest(
      { kind: 'deleted', object: { ...object, metadata: { owner: OWNER } } },
      {
        records: stage.store,
        publisher: stage.ports.publisher,
        objects: stage.objects,
        policy: { includePrefixes: [], excludePrefixes: [], maxBytes: 1e9 },
        topics: { uploaded: 'image-uploaded', backfill: 'image-backfill' },
      },
    );

    expect(outcome).to.include({ outcome: 'void' });
    const key = { tenant: DEFAULT_TENANT, imageId: imageIdOf(BUCKET, 'returns/jane-1.jpg') };
    expect((await stage.store.get(key))?.record).to.include({ name: '', owner: null, ref: null });
  });

  it('changes nothing on a dry run, and says what it would do', async () => {
    const stage = await reportedDay();
    const before = await stage.everything();

    const outcome = await erase({ ...COMMAND, mode: 'dry-run' }, stage.erasePorts);

    expect(outcome).to.include({ outcome: 'would-erase', images: 2, days: DAY });
    expect(await stage.everything()).to.equal(before);
  });

  it('removes rows and page of a day whose images are past keeping, and keeps its numbers', async () => {
    const stage = await reportedDay();
    const numbers = await stage.file('report.json');
    stage.comesTheMorning(40);

    await erase(COMMAND, stage.erasePorts);

    expect([...(await stage.files()).keys()]).to.deep.equal(['reports/default/2026-01-02/report.json']);
    expect(await stage.file('report.json')).to.equal(numbers);
  });

  it('finds an owner whose name is longer than what records keep', async () => {
    const stage = new EraseStage();
    await stage.image('returns/1.jpg', { owner: 'x'.repeat(300) });

    const outcome = await erase({ ...COMMAND, owner: 'x'.repeat(500) }, stage.erasePorts);

    expect(outcome).to.include({ images: 1 });
  });

  it('finds nothing twice, and nothing of another tenant', async () => {
    const stage = await reportedDay();
    await erase(COMMAND, stage.erasePorts);
    expect(await erase(COMMAND, stage.erasePorts)).to.include({ images: 0 });
    const acme = { ...COMMAND, tenant: 'acme' as TenantId };
    expect(await erase(acme, stage.erasePorts), 'control').to.include({ images: 1 });
  });
});
