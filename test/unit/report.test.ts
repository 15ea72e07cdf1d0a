import { readFile } from 'node:fs/promises';
import { ingest } from '@hangtag/functions/ingest/handler.js';
import { report } from '@hangtag/functions/report/handler.js';
import { answerReport } from '@hangtag/functions/report/on-demand.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { destinationOf } from '@hangtag/shared/domain/destination.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { Palette } from '@hangtag/shared/domain/palette.js';
import { REASONS, STATUSES } from '@hangtag/shared/domain/record.js';
import { addDays } from '@hangtag/shared/domain/report/day-window.js';
import { REPORT_CONDITIONS } from '@hangtag/shared/domain/report/findings.js';
import { CrashError } from '@hangtag/shared/errors.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { DAY, WINDOW } from '../fixtures/day-rows.js';
import { aCorrection, BUCKET } from '../fixtures/records.js';
import { FAILED, REVIEW, ReportStage, usualDay } from '../support/report-stage.js';

const COMMAND = { tenant: DEFAULT_TENANT, day: DAY };

function paletteOf(...colours: readonly (readonly [name: string, share: number])[]): Palette {
  return colours.map(([name, share]) => ({ name, share, lightness: 0.5, chroma: 0.1, hue: 0 }));
}

/** The usual day, with a model on trial: one image on which the models disagree, and one that was judged on the day. */
async function triedDay(): Promise<ReportStage> {
  const stage = await usualDay();
  const shadow = {
    model: { id: 'shop', version: '2', sha256: 'b' },
    category: 'Heels',
    confidence: 0.99,
    inferMs: 3,
  };
  await stage.image('returns/tried.jpg', {
    category: 'Handbags',
    confidence: 0.97,
    shadow: { ...shadow, disputes: true },
    palette: paletteOf(['dark blue', 1]),
  });
  const before = { uploadedAt: WINDOW.fromMs - 3_600_000 };
  const { generation } = await stage.image('returns/before.jpg', before);
  const correction = aCorrection({ generation, category: 'Heels', at: WINDOW.fromMs + 1 });
  await stage.image('returns/before.jpg', { ...before, generation, category: 'Tops', shadow, correction });
  stage.moveToMorning();
  return stage;
}

describe('The daily report', () => {
  it('is a page, a JSON file and row files, a document and a message', async () => {
    const stage = await usualDay();

    const outcome = await report(COMMAND, stage.ports);

    expect(outcome).to.include({
      outcome: 'reported',
      received: 5,
      done: 2,
      review: 1,
      failed: 1,
      skipped: 1,
    });
    expect(outcome).to.include({ balanced: true, findings: 1 });
    expect(
      [...(await stage.files()).keys()].map((name) => name.slice('reports/default/2026-01-02/'.length)),
    ).to.have.members([
      'images.csv',
      'inventory.csv',
      'pick-lists/handbags-6ab5742c.csv',
      'pick-lists/heels-181cd9f3.csv',
      'report.html',
      'report.json',
    ]);
    expect((await stage.ports.archive.find(DEFAULT_TENANT, DAY))?.report.totals.received).to.equal(5);
    expect(stage.messages).to.have.length(1);
    expect(stage.messages[0]?.data).to.deep.include({ tenant: 'default', day: DAY });
  });

  it('has the same bytes for the same day, and does not change existing files', async () => {
    const stage = await usualDay();
    await report(COMMAND, stage.ports);
    const first = await stage.files();
    stage.moveToMorning(3);

    await report(COMMAND, stage.ports);

    expect(await stage.files()).to.deep.equal(first);
  });

  it('writes new bytes if the day has changed since', async () => {
    const stage = await usualDay();
    await report(COMMAND, stage.ports);
    const before = await stage.file('images.csv');
    await stage.image('returns/late.jpg');
    stage.moveToMorning();

    await report(COMMAND, stage.ports);

    expect(before, 'control').not.to.include('returns/late.jpg');
    expect(await stage.file('images.csv')).to.include('returns/late.jpg');
  });

  it('shows the trial of a model, with examples on the page and in trial.csv', async () => {
    const stage = await triedDay();

    await report(COMMAND, stage.ports);

    const { trials } = JSON.parse(await stage.file('report.json'));
    expect(trials[0].flips).to.deep.equal([{ from: 'Handbags', to: 'Heels', n: 1 }]);
    expect(trials[0].judged).to.include({ n: 1, difference: 1 });
    const page = await stage.file('report.html');
    expect(page).to.include('On trial: shop@2').and.include('>tried.jpg<').and.include('or Heels?');
    const rows = parse(await stage.file('trial.csv'), { columns: true, bom: true });
    expect(rows).to.deep.equal([
      {
        filename: 'returns/tried.jpg',
        category: 'Handbags',
        confidence: '0.9700',
        trial_model: 'shop@2',
        trial_category: 'Heels',
        trial_confidence: '0.9900',
        judged: '',
      },
    ]);
  });

  it('names the images that look unlike the measured ones in unlike.csv', async () => {
    const stage = await usualDay();
    const { name } = await stage.image('returns/odd.jpg', { typicality: 0.01 });
    stage.moveToMorning();

    await report(COMMAND, stage.ports);

    const rows = parse(await stage.file('unlike.csv'), { columns: true, bom: true });
    expect(rows).to.deep.equal([
      { filename: name, category: 'Handbags', confidence: '0.9300', status: 'done', typicality: '0.0100' },
    ]);
    expect(await stage.file('report.html'))
      .to.include('Unlike them')
      .and.include('unlike.csv');
  });

  it('says what came in by colour, on the page, in report.json and in colours.csv, without a read more', async () => {
    const stage = await usualDay();
    await stage.image('returns/navy.jpg', { palette: paletteOf(['dark blue', 0.8], ['vivid red', 0.2]) });
    await stage.image('returns/wine.jpg', { palette: paletteOf(['deep red', 1]) });
    await stage.image('returns/bad.jpg', { ...FAILED, palette: paletteOf(['vivid green', 1]) });
    stage.moveToMorning();

    await report(COMMAND, stage.ports);

    const { colours, firestoreReads, totals } = JSON.parse(await stage.file('report.json'));
    expect(colours).to.deep.equal({
      images: 2,
      colours: [
        { colour: 'red', main: 1, share: 0.6 },
        { colour: 'blue', main: 1, share: 0.4 },
      ],
    });
    expect(parse(await stage.file('colours.csv'))).to.have.deep.members([
      ['filename', 'category', 'colour', 'name', 'share'],
      ['returns/navy.jpg', 'Handbags', 'blue', 'dark blue', '0.8000'],
      ['returns/navy.jpg', 'Handbags', 'red', 'vivid red', '0.2000'],
      ['returns/wine.jpg', 'Handbags', 'red', 'deep red', '1.0000'],
    ]);
    expect(await stage.file('report.html')).to.include('What came in by colour');
    const plain = await usualDay();
    for (const name of ['returns/navy.jpg', 'returns/wine.jpg']) await plain.image(name);
    await plain.image('returns/bad.jpg', FAILED);
    plain.moveToMorning();
    await report(COMMAND, plain.ports);
    const without = JSON.parse(await plain.file('report.json'));
    expect(without.totals).to.deep.equal(totals);
    expect(without.firestoreReads).to.equal(firestoreReads);
    expect(without.colours).to.deep.equal({ images: 0, colours: [] });
    expect(await plain.file('report.html')).not.to.include('by colour');
    expect([...(await plain.files()).keys()].join()).not.to.include('colours.csv');
  });

  it('keeps to the schema that is documented', async () => {
    const stage = await triedDay();
    await report(COMMAND, stage.ports);
    const schema = JSON.parse(
      await readFile(new URL('../../../docs/report.schema.json', import.meta.url), 'utf8'),
    );
    const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    const content = JSON.parse(await stage.file('report.json'));

    expect(validate(content), JSON.stringify(validate.errors, null, 2)).to.equal(true);
    expect(validate({ ...content, generatedAt: 'now' }), 'control: a field nobody documented').to.equal(
      false,
    );
  });

  it('documents every reason, status and condition that there is, and no other', async () => {
    const { properties } = JSON.parse(
      await readFile(new URL('../../../docs/report.schema.json', import.meta.url), 'utf8'),
    );
    const { reason, status } = properties.reasons.items.properties;
    const { condition } = properties.findings.items.properties;

    expect(reason.enum).to.have.members(REASONS);
    expect(status.enum).to.have.members(STATUSES);
    expect(condition.enum).to.have.members(REPORT_CONDITIONS);
  });

  it('names no image outside the page and the row files', async () => {
    const stage = await triedDay();
    await report(COMMAND, stage.ports);

    expect(await stage.file('report.html'), 'control').to.include('returns/2.jpg');
    expect(await stage.file('report.json')).not.to.include('returns/');
    expect(JSON.stringify(await stage.ports.archive.find(DEFAULT_TENANT, DAY))).not.to.include('returns/');
    expect(JSON.stringify(stage.messages)).not.to.include('returns/');
  });

  it('makes the code of a category from its name, whatever the name is', async () => {
    const stage = await usualDay();
    const { generation } = await stage.image('returns/6.jpg');
    const correction = aCorrection({ category: 'constructor', generation });
    await stage.image('returns/7.jpg', { generation, correction });
    stage.moveToMorning();
    await report(COMMAND, stage.ports);

    const rows = parse<{ category_code: string }>(await stage.file('inventory.csv'), { columns: true });

    expect(rows.map((row) => row.category_code)).to.include('CONSTRUCTOR');
  });

  it("prefers a person's category to the model's in every row file", async () => {
    const stage = await usualDay();
    const { generation } = await stage.image('returns/6.jpg');
    await stage.image('returns/7.jpg', { generation, correction: aCorrection({ generation }) });
    stage.moveToMorning();
    await report(COMMAND, stage.ports);

    const rows = parse(await stage.file('inventory.csv'), { columns: true });

    expect(rows).to.deep.include({
      return_id: 'returns/7.jpg',
      category: 'Heels',
      category_code: 'HEELS',
      confidence: '0.9300',
      auto_classified: 'false',
    });
    expect(rows).to.deep.include({
      return_id: 'RET-1',
      category: 'Handbags',
      category_code: 'HB',
      confidence: '0.9300',
      auto_classified: 'true',
    });
  });

  for (const prefixes of [['reports/'], []]) {
    it(`is never processed as an image, with excluded prefixes "${prefixes}"`, async () => {
      const stage = await usualDay();
      await report(COMMAND, stage.ports);
      const { objects } = await stage.objects.list(BUCKET, {});
      const records = new MemoryRecordStore(stage.clock);
      const queued: string[] = [];
      const publisher = { publish: async (topic: string) => void queued.push(topic) };
      const policy = { includePrefixes: [], excludePrefixes: prefixes, maxBytes: 1e9 };

      for (const object of objects) {
        await ingest(
          { kind: 'finalized', object },
          { records, publisher, objects: stage.objects, policy, topics: { uploaded: 'image-uploaded' } },
        );
      }

      expect(objects).to.have.length(11);
      expect(queued, 'only the five that were uploaded').to.have.length(5);
    });
  }

  it('counts its own files neither as images nor as objects', async () => {
    const stage = await usualDay();
    await report(COMMAND, stage.ports);
    const own = { [`hangtag-written-by`]: 'report' };
    const object = { bucket: BUCKET, name: 'reports/default/2026-01-02/x.csv', bytes: Buffer.from('x') };
    await stage.objects.write(object, { metadata: own });
    stage.moveToMorning();

    expect(await report(COMMAND, stage.ports)).to.include({ received: 5, balanced: true });
  });

  for (const mode of ['copy', 'move'] as const) {
    it(`adds up, and still shows the images to review, if images are organised: ${mode}`, async () => {
      const stage = await usualDay();
      await stage.organise(await stage.image('returns/filed.jpg'), mode);
      await stage.organise(await stage.image('returns/doubtful.jpg', { ...REVIEW, confidence: 0.2 }), mode);
      stage.moveToMorning();

      const outcome = await report(COMMAND, stage.ports);

      expect(outcome).to.include({ received: 7, done: 3, review: 2, balanced: true });
      const moved = mode === 'move' ? 2 : 0;
      const { reconciliation } = JSON.parse(await stage.file('report.json'));
      expect(reconciliation).to.include({ objects: 7 - moved, records: 7 - moved, rows: 7 - moved, moved });
      const page = await stage.file('report.html');
      expect(page).to.include('doubtful.jpg').and.not.include('no picture');
    });
  }

  it('lacks only a thumbnail if the metadata of one copy is malformed', async () => {
    const stage = await usualDay();
    const record = await stage.image('returns/doubtful.jpg', { ...REVIEW, confidence: 0.2 });
    await stage.organise(record, 'move');
    const name = destinationOf(record) ?? '';
    const metadata = { 'hangtag-written-by': 'hangtag', 'hangtag-source-generation': 'x' };
    await stage.objects.write({ bucket: BUCKET, name, bytes: Buffer.from('x') }, { metadata });
    stage.moveToMorning();

    expect(await report(COMMAND, stage.ports)).to.include({ outcome: 'reported', received: 6 });
    expect(await stage.file('report.html')).to.include('no picture');
  });

  it('lacks only a thumbnail if its worker ends', async () => {
    const stage = await usualDay();
    const thumbnail = async () => Promise.reject(new CrashError('The worker process ended'));

    await report(COMMAND, { ...stage.ports, thumbnailer: { thumbnail, close: async () => undefined } });

    expect(await stage.file('report.html')).to.include('no picture');
    expect(stage.logged[0]).to.include({ outcome: 'no-thumbnail', name: 'returns/2.jpg' });
  });

  it('shows that the day does not add up if the bucket contains an object without a record', async () => {
    const stage = await usualDay();
    stage.clock.nowMs -= 20_000_000;
    await stage.objects.write({ bucket: BUCKET, name: 'returns/lost.jpg', bytes: Buffer.from('x') });
    stage.moveToMorning();

    expect(await report(COMMAND, stage.ports)).to.include({ balanced: false });
    expect(stage.alerts.map(({ condition }) => condition)).to.include('reconciliation-mismatch');
  });

  it('counts a second time before it reports a mismatch', async () => {
    const stage = await usualDay();
    const { list } = stage.objects;
    let looks = 0;
    stage.objects.list = async (...request) => {
      looks += 1;
      const page = await list.apply(stage.objects, request);
      return looks === 1 ? { objects: page.objects.slice(0, -1) } : page;
    };

    expect(await report(COMMAND, stage.ports)).to.include({ balanced: true });
    expect(looks).to.equal(2);
  });

  it('is valid and empty for a tenant without images', async () => {
    const stage = new ReportStage();
    stage.moveToMorning();

    const outcome = await report({ ...COMMAND, tenant: 'nobody' as TenantId }, stage.ports);

    expect(outcome).to.include({ received: 0, balanced: true, findings: 0 });
    const folder = 'reports/nobody/2026-01-02/';
    expect(await stage.file('images.csv', folder)).to.equal(
      '"filename","category","confidence","status","timestamp","error"\r\n',
    );
    expect(await stage.file('report.html', folder)).to.include('No image was uploaded.');
  });

  it("keeps one tenant's images out of another's report", async () => {
    const stage = await usualDay();
    await stage.image('tenants/acme/1.jpg');
    stage.moveToMorning();

    const acme = await report({ ...COMMAND, tenant: 'acme' as TenantId }, stage.ports);

    expect(acme).to.include({ received: 1, balanced: true });
    expect(await report(COMMAND, stage.ports)).to.include({ received: 5, balanced: true });
  });

  it('survives categories that are formulas, markup, commas, quotes and emoji', async () => {
    const stage = new ReportStage();
    const categories = ['=1+1', '<b>"x"</b>', 'a,b\r\nc', '👗 ', '@SUM(A1)', '../../etc', '-', '\ud800'];
    for (const [index, category] of categories.entries()) {
      await stage.image(`returns/${index}.jpg`, { category });
      await stage.image(`returns/${index}-doubtful.jpg`, { ...REVIEW, category });
    }
    stage.moveToMorning();

    await report(COMMAND, stage.ports);

    const rows = parse(await stage.file('images.csv'), { columns: true }) as { category: string }[];
    expect(rows.map(({ category }) => category)).to.include.members([
      "'=1+1",
      "'@SUM(A1)",
      'a,b\r\nc',
      '👗 ',
    ]);
    const page = await stage.file('report.html');
    expect(page).not.to.include('<b>"x"');
    const names = [...(await stage.files()).keys()];
    expect(names.filter((name) => name.includes('/pick-lists/'))).to.have.length(8);
    for (const name of names) expect(name).to.match(/^reports\/default\/2026-01-02\/[\w./-]+$/);
  });

  it('asks the network for nothing', async () => {
    const stage = await usualDay();
    await report(COMMAND, stage.ports);

    const page = await stage.file('report.html');

    expect(page).to.include("default-src 'none'");
    expect(page.match(/(?:src|href|url\(|@import)[^>]{0,4}["'(](?:https?:)?\/\//g)).to.equal(null);
    expect(page).not.to.include('<script');
  });

  it('refuses a day in the future', async () => {
    const stage = await usualDay();
    const day = addDays(DAY, 2);
    const answer = await answerReport({ method: 'POST', body: { day } }, stage.ports);
    expect(answer.status).to.equal(400);
    expect(JSON.stringify(answer.body)).to.include(
      `Expected a day of the past or today in UTC but received ${day}`,
    );
  });
});
