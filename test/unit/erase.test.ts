import type { Found } from '@hangtag/functions/erase/find-owned.js';
import { type ErasePorts, erase, eraseRecord } from '@hangtag/functions/erase/handler.js';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { report } from '@hangtag/functions/report/handler.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { MemoryErasureStore } from '@hangtag/shared/adapters/memory/erasure-store.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import { ERASED_PERSON } from '@hangtag/shared/domain/erasure.js';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { DEFAULT_TENANT, imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { RECORD_FIELDS } from '@hangtag/shared/domain/stored-record.js';
import { InputError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { DAY, WINDOW } from '../fixtures/day-rows.js';
import { aCorrection, aLabelledRecord, BUCKET, keyOf, MODEL } from '../fixtures/records.js';
import { IN_EVERY_FILE, ReportStage } from '../support/report-stage.js';

const OWNER = 'jane@example.com';
const SWEEP = { bucket: BUCKET, prefix: '', passes: ['objects'], mode: 'repair' } as const;
const COMMAND = { tenant: DEFAULT_TENANT, owner: OWNER, mode: 'erase' } as const;

class EraseStage extends ReportStage {
  readonly erasures = new MemoryErasureStore(this.store);
  readonly erasePorts: ErasePorts = { store: this.erasures, images: this.store, reports: this.ports };

  sweepPorts(): SweepPorts {
    const { store: records, objects, clock, ports } = this;
    return {
      records,
      objects,
      clock,
      publisher: ports.publisher,
      policy: { includePrefixes: [], excludePrefixes: [], maxBytes: 1e9 },
      topics: { uploaded: 'image-uploaded' },
      sweeps: new MemorySweepStore(),
      prices: PRICES,
      limits: DEFAULT_SWEEP_LIMITS,
      models: async () => ({ installed: '', ofTenants: new Map() }),
    };
  }

  /** Everything that is kept anywhere, as text. */
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
  stage.moveToMorning();
  await report({ tenant: DEFAULT_TENANT, day: DAY }, stage.ports);
  return stage;
}

/** What a tombstone keeps: nothing that the picture shows, and nothing of the owner. */
const KEPT: readonly (keyof ImageRecord)[] = [
  ...([
    'bucket',
    'generation',
    'uploadedAt',
    'status',
    'model',
    'timings',
    'damaged',
    'thumbnail',
    'present',
  ] as const),
  ...(['attempts', 'queuedAt', 'labeledAt', 'updatedAt', 'priority', 'writeId'] as const),
];

/** All that can be known of a picture. */
const KNOWN: Partial<ImageRecord> = {
  owner: OWNER,
  ref: 'JANE-1',
  typicality: 0.5,
  thumbnail: true,
  shadow: { model: MODEL, category: 'Heels', confidence: 0.9, inferMs: 1, disputes: true },
  opinion: { category: 'Heels', by: 'gemini', at: 1, generation: parseGeneration('1') },
  embedding: [1],
  palette: [{ name: 'red', share: 1, lightness: 0.5, chroma: 0.1, hue: 20 }],
  colours: ['red'],
  vector: [1],
  backbone: 'mobilenet',
  heat: { width: 1, height: 1, values: [1] },
  correction: aCorrection({ by: OWNER }),
};

describe("The erasure of one owner's images", () => {
  it('leaves no text about the owner in bucket, records, reports or audit', async () => {
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

  it('leaves nothing in a record that the picture shows', async () => {
    const stage = new EraseStage();
    const record = await stage.image('returns/jane-1.jpg', KNOWN);
    const erased = async () => {
      const known = await stage.store.get(keyOf(record.name));
      return Object.entries(known?.record ?? {}).filter(
        ([field]) => !KEPT.includes(field as keyof ImageRecord),
      );
    };
    const isEmpty = ([, value]: readonly [string, unknown]) =>
      value === null || value === '' || value === 0 || (Array.isArray(value) && value.length === 0);
    expect(
      RECORD_FIELDS.filter((field) => !(field in record)),
      'control',
    ).to.deep.equal(['writeId']);
    expect((await erased()).filter(isEmpty), 'control').to.deep.equal([['reason', null]]);

    await erase(COMMAND, stage.erasePorts);

    expect((await erased()).filter((each) => !isEmpty(each))).to.deep.equal([]);
  });

  it('removes what reviewers answered about each image, while its record can still be found', async () => {
    const stage = await reportedDay();
    const removed: unknown[] = [];
    stage.erasures.removeReviews = async (tenant, images) => {
      const owned = [...stage.store.entries()].filter(({ record }) => record.owner === OWNER);
      removed.push({ tenant, images: [...new Set(images)].sort(), found: owned.length });
    };

    await erase(COMMAND, stage.erasePorts);

    const images = ['returns/jane-1.jpg', 'returns/jane-2.jpg'].map((name) => imageIdOf(BUCKET, name)).sort();
    expect(removed).to.deep.equal([{ tenant: DEFAULT_TENANT, images, found: 3 }]);
  });

  it('keeps the corrections of the person to images of others, without the name of the person', async () => {
    const stage = new EraseStage();
    const correction = aCorrection({ by: OWNER });
    await stage.image('returns/other.jpg', { owner: 'john', correction });

    const counted = await erase({ ...COMMAND, mode: 'dry-run' }, stage.erasePorts);
    const erased = await erase(COMMAND, stage.erasePorts);

    expect([counted, erased].map(({ mentions }) => mentions)).to.deep.equal([1, 1]);
    const known = await stage.store.get(keyOf('returns/other.jpg'));
    expect(known?.record.correction).to.deep.equal({ ...correction, by: ERASED_PERSON });
  });

  for (const mode of ['copy', 'move'] as const) {
    it(`reaches the copy that was filed by what the image shows: ${mode}`, async () => {
      const stage = new EraseStage();
      await stage.organise(await stage.image('returns/jane-1.jpg', { owner: OWNER }), mode);
      await stage.organise(await stage.image('returns/other.jpg', { owner: 'john' }), mode);
      stage.moveToMorning();
      const names = async () => (await stage.objects.list(BUCKET, {})).objects.map(({ name }) => name);
      expect(await names(), 'control').to.include('processed/Handbags/returns/jane-1.jpg');

      const outcome = await erase(COMMAND, stage.erasePorts);

      expect(outcome).to.include({ images: 1, copies: 1 });
      expect(await stage.everything()).not.to.match(/jane/i);
      expect(await names()).to.include('processed/Handbags/returns/other.jpg');
    });
  }

  it('reaches the rows of an image that somebody else has overwritten since', async () => {
    const stage = await reportedDay();
    await stage.image('returns/jane-1.jpg', { owner: 'john', uploadedAt: WINDOW.toMs + 1000 });
    stage.moveToMorning();
    expect(await stage.file('images.csv'), 'control').to.include('returns/jane-1.jpg');

    const outcome = await erase(COMMAND, stage.erasePorts);

    expect(outcome).to.include({ images: 2, records: 1, rows: 2 });
    expect(await stage.file('images.csv')).not.to.include('jane');
    expect(await stage.file('inventory.csv')).not.to.include('JANE');
    const key = { tenant: DEFAULT_TENANT, imageId: imageIdOf(BUCKET, 'returns/jane-1.jpg') };
    expect((await stage.store.get(key))?.record).to.include({ owner: 'john', status: 'done' });
    expect(await stage.objects.stat(BUCKET, 'returns/jane-1.jpg'), "the other person's").not.to.equal(
      undefined,
    );
  });

  it('keeps the record of a newer object that replaced the erased one in the meantime', async () => {
    const stage = await reportedDay();
    const key = { tenant: DEFAULT_TENANT, imageId: imageIdOf(BUCKET, 'returns/jane-1.jpg') };
    const known = await stage.store.get(key);
    if (known === undefined) throw new Error('Expected a record');
    await stage.image('returns/jane-1.jpg', { owner: 'john', uploadedAt: WINDOW.toMs + 1000 });

    await eraseRecord({ key, ...known }, { records: stage.store, objects: stage.objects });

    expect((await stage.store.get(key))?.record).to.include({ owner: 'john', status: 'done' });
    expect(await stage.objects.stat(BUCKET, 'returns/jane-1.jpg')).not.to.equal(undefined);
  });

  for (const [what, prepare] of Object.entries({
    'that has no record': async () => undefined,
    'whose record is of an older generation': async (stage: EraseStage) => {
      const record = aLabelledRecord({ name: 'returns/lost.jpg', generation: parseGeneration('1') });
      stage.store.restore([{ key: keyOf('returns/lost.jpg'), record }]);
    },
    'whose record does not know the owner': async (stage: EraseStage) => {
      const { generation } = (await stage.objects.stat(BUCKET, 'returns/lost.jpg')) ?? {};
      const record = aLabelledRecord({ name: 'returns/lost.jpg', ...(generation && { generation }) });
      stage.store.restore([{ key: keyOf('returns/lost.jpg'), record }]);
    },
  })) {
    it(`reaches an object ${what}, and no sweep and no event records it again`, async () => {
      const stage = await reportedDay();
      await stage.objects.write(
        { bucket: BUCKET, name: 'returns/lost.jpg', bytes: Buffer.from('x') },
        { metadata: { owner: OWNER } },
      );
      await prepare(stage);
      stage.moveToMorning();
      const object = await stage.objects.stat(BUCKET, 'returns/lost.jpg');
      if (object === undefined) throw new Error('Expected the object');

      const outcome = await erase(COMMAND, stage.erasePorts);
      for (const kind of ['finalized', 'metadataUpdated', 'deleted'] as const) {
        await ingest({ kind, object }, stage.sweepPorts());
      }
      stage.clock.nowMs += 7_200_000;
      await sweep(SWEEP, stage.sweepPorts());

      expect(outcome).to.include({ images: 3, objects: 1 });
      const names = (await stage.objects.list(BUCKET, { prefix: 'returns/' })).objects.map(
        ({ name }) => name,
      );
      expect(names).to.deep.equal(['returns/other.jpg']);
      const records = [...stage.store.entries()].filter(({ key }) => key.tenant === DEFAULT_TENANT);
      expect(records.filter((each) => /lost|jane/.test(JSON.stringify(each)))).to.deep.equal([]);
      expect(await erase(COMMAND, stage.erasePorts)).to.include({
        images: 0,
        objects: 0,
        records: 0,
        rows: 0,
      });
    });
  }

  it('deletes the report of today so far', async () => {
    const stage = new EraseStage();
    await stage.image('returns/jane-1.jpg', { ...IN_EVERY_FILE, owner: OWNER });
    stage.clock.nowMs += 1000;
    await report({ tenant: DEFAULT_TENANT, day: DAY }, stage.ports);
    expect(await stage.files(), 'control').not.to.have.property('size', 0);

    const outcome = await erase(COMMAND, stage.erasePorts);

    expect(outcome).to.include({ images: 1, records: 1, rows: 1 });
    expect(await stage.files()).to.have.property('size', 0);
  });

  it('reaches a record whose correction is damaged', async () => {
    const stage = await reportedDay();
    stage.erasePorts.images.get = async () => {
      throw new InputError('damaged');
    };

    expect(await erase(COMMAND, stage.erasePorts)).to.include({ images: 2 });
    expect(await stage.everything()).not.to.match(/jane-[12]/);
  });

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
      stage.sweepPorts(),
    );

    expect(outcome).to.include({ outcome: 'void' });
    const key = { tenant: DEFAULT_TENANT, imageId: imageIdOf(BUCKET, 'returns/jane-1.jpg') };
    expect((await stage.store.get(key))?.record).to.include({ name: '', owner: null, ref: null });
  });

  it('changes nothing on a dry run, and reports what it would do', async () => {
    const stage = await reportedDay();
    const before = await stage.everything();

    const outcome = await erase({ ...COMMAND, mode: 'dry-run' }, stage.erasePorts);

    expect(outcome).to.include({ outcome: 'would-erase', images: 2, days: DAY });
    expect(await stage.everything()).to.equal(before);
  });

  it('names each record, object, copy and row that it found, on a dry run as well', async () => {
    const stage = await reportedDay();
    const metadata = { owner: OWNER };
    await stage.objects.write({ bucket: BUCKET, name: 'lost.jpg', bytes: Buffer.from('x') }, { metadata });
    const copy = { bucket: BUCKET, name: 'processed/Tops/lost.jpg', bytes: Buffer.from('x') };
    await stage.objects.write(copy, { metadata: { ...metadata, 'hangtag-written-by': 'hangtag' } });
    const found: string[] = [];
    const watcher = { onFound: ({ kind, name }: Found) => found.push(`${kind} ${name}`) };

    await erase({ ...COMMAND, mode: 'dry-run' }, { ...stage.erasePorts, watcher });

    expect(found).to.have.members([
      'record returns/jane-1.jpg',
      'record returns/jane-2.jpg',
      'object lost.jpg',
      'copy processed/Tops/lost.jpg',
      'row returns/jane-1.jpg',
      'row returns/jane-2.jpg',
    ]);
  });

  it('removes what the wardrobe keeps of the owner; a dry run counts it', async () => {
    const stage = new EraseStage();
    const calls: string[] = [];
    const recorded = (call: string) => async (person: { readonly tenant: string; readonly uid: string }) => {
      calls.push(`${call} ${person.tenant} ${person.uid}`);
      return 5;
    };
    const ports = { ...stage.erasePorts, wardrobe: { count: recorded('count'), erase: recorded('erase') } };

    const counted = await erase({ ...COMMAND, mode: 'dry-run' }, ports);
    const erased = await erase(COMMAND, ports);

    expect(calls).to.deep.equal([`count default ${OWNER}`, `erase default ${OWNER}`]);
    expect([counted, erased].map(({ wardrobe }) => wardrobe)).to.deep.equal([5, 5]);
  });

  it('removes rows and page of a day whose images are no longer kept, and keeps its numbers', async () => {
    const stage = await reportedDay();
    const numbers = await stage.file('report.json');
    stage.moveToMorning(40);

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
