import { ingest } from '@hangtag/functions/ingest/handler.js';
import { SurgeLanes } from '@hangtag/functions/ingest/lanes.js';
import { parseTenantId } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { Stage, UPLOADED } from '../support/stage.js';

const POLICY = { burst: 2, perSecond: 1 };
const [ANNA, BERT] = [parseTenantId('anna'), parseTenantId('bert')];
const BACKFILL = 'image-backfill';

describe('the lanes of uploads', () => {
  it("count each tenant's uploads separately", () => {
    const lanes = new SurgeLanes(POLICY);

    const anna = [1, 2, 3].map(() => lanes.countUpload(ANNA, 0));

    expect(anna).to.deep.equal(['live', 'live', 'backfill']);
    expect(lanes.countUpload(BERT, 0)).to.equal('live');
  });

  it('return a tenant to the live lane when its surge is over', () => {
    const lanes = new SurgeLanes(POLICY);
    for (let upload = 0; upload < 100; upload += 1) lanes.countUpload(ANNA, 0);

    expect(lanes.countUpload(ANNA, 2_999)).to.equal('backfill');
    expect(lanes.countUpload(ANNA, 5_999)).to.equal('live');
  });

  it('remember only tenants with recent uploads', () => {
    const lanes = new SurgeLanes(POLICY);
    for (let index = 0; index < 1_000; index += 1) lanes.countUpload(parseTenantId(`tenant-${index}`), 0);
    expect(lanes.size).to.equal(1_000);

    lanes.countUpload(ANNA, 1_000);

    expect(lanes.size).to.equal(1);
  });
});

describe('ingest, in a surge', () => {
  const topics = { uploaded: UPLOADED, backfill: BACKFILL };

  async function topicsOf(stage: Stage, names: readonly string[], metadata = {}): Promise<readonly string[]> {
    const ports = { ...stage.ingestPorts, topics, lanes: new SurgeLanes(POLICY) };
    for (const name of names) {
      const object = { ...(await stage.upload(name)), metadata };
      await ingest({ kind: 'finalized', object }, ports);
    }
    return stage.published.map(({ topic }) => topic);
  }

  const ofAnna = (index: number) => `tenants/anna/${index}.jpg`;

  it("queues the surge in the backfill lane, and another tenant's upload in the live lane", async () => {
    const names = [...[1, 2, 3, 4].map(ofAnna), 'tenants/bert/1.jpg'];

    const used = await topicsOf(new Stage(), names);

    expect(used).to.deep.equal([UPLOADED, UPLOADED, BACKFILL, BACKFILL, UPLOADED]);
  });

  it('does not change the priority in the record during a surge', async () => {
    const stage = new Stage();
    const names = [1, 2, 3].map(ofAnna);
    await topicsOf(stage, names);

    const records = await Promise.all([...stage.records.entries()].map(async ({ record }) => record));

    expect(records.map(({ priority }) => priority)).to.deep.equal(names.map(() => 'live'));
  });

  it('does not count uploads with the priority backfill, and refused uploads', async () => {
    const stage = new Stage();
    await topicsOf(stage, [1, 2, 3].map(ofAnna), { priority: 'backfill' });
    expect(stage.published.map(({ topic }) => topic)).to.deep.equal([BACKFILL, BACKFILL, BACKFILL]);
    const lanes = new SurgeLanes(POLICY);
    const ports = { ...stage.ingestPorts, topics, lanes };

    for (const index of [1, 2, 3]) {
      const object = { ...(await stage.upload(`reports/${index}`)), metadata: {} };
      await ingest({ kind: 'finalized', object }, ports);
    }

    expect(lanes.size).to.equal(0);
  });
});
