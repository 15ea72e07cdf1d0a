/** More images than are read at once, filters, reports, models and health. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Storage } from '@google-cloud/storage';
import { HangtagClient } from '@hangtag/client';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { type LearningRun, queuedRun, SILENCE_MS } from '@hangtag/shared/domain/learning-run.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { NO_PROGRESS } from '@hangtag/shared/domain/sweep-state.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { learnModel } from '@hangtag/shared/learning/learn-model.js';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { colourPictures, type Shade } from '../fixtures/colour-pictures.js';
import { madeUpReport } from '../fixtures/made-up-report.js';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { aLabelledRecord, generation } from '../fixtures/records.js';
import { copyOfColours } from '../support/model-folder.js';
import { describePage, expectNoFaultOfAxe, type OpenOptions, type PageStack } from '../support/page-stack.js';
import { until } from '../support/until.js';

const IMAGES = 450;
const START = Date.parse('2026-11-20T12:00:00Z');
/** Later than yesterday, of which the stack makes a report at half past each hour: the newest is shown. */
const REPORTED = Date.parse('2999-11-20T12:00:00Z');

const DARK_BLUE = { name: 'dark blue', share: 0.7, lightness: 0.3, chroma: 0.1, hue: 260 };
const WHITE = { name: 'white', share: 0.3, lightness: 0.98, chroma: 0, hue: 0 };
const HEAT = { width: 2, height: 1, values: [1, 0.2] };
const SWEEP = {
  bucket: 'hangtag-images',
  prefix: '',
  passes: ['objects'],
  mode: 'repair',
  status: 'running',
  requestId: null,
  lease: null,
  pass: 'objects',
  cursor: '',
  progress: { ...NO_PROGRESS, listed: 500, proved: 500 },
  expected: 1_000,
  costEstimate: 0,
  startedAt: new Date(START),
  updatedAt: new Date(START),
  etaAt: null,
  finishedAt: null,
};
/** Of the tenant `acme`. */
const CLOTHES: Readonly<Record<string, Partial<ImageRecord>>> = {
  Tshirts: {
    palette: [DARK_BLUE, WHITE],
    colours: ['blue', 'white'],
    heat: HEAT,
    opinion: { category: 'Tops', by: 'vision-model', at: START, generation: generation(5) },
    ...{ vector: [1, ...Array<number>(319).fill(0)], backbone: 'backbone' },
  },
  'Casual Shoes': { heat: HEAT, vector: [0.9, ...Array<number>(319).fill(0)], backbone: 'backbone' },
};

/** Words of English sentences that German ones do not have. */
const ENGLISH = /\b(the|of|and|you|your|with|this|that|not|yet|expected|failed|is|are|to|for)\b/i;

/** Text that is marked as English does not count, and neither does the record as it is stored. */
async function expectNoEnglish(page: Page): Promise<void> {
  const texts = await page.evaluate<readonly string[]>(`[...document.body.querySelectorAll(':not(pre)')]
    .filter((element) => element.closest('[lang]').lang === 'de')
    .flatMap((element) => [
      ...['aria-label', 'title', 'placeholder'].map((name) => element.getAttribute(name) ?? ''),
      ...[...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data),
    ])`);
  expect(texts.join('').length).to.be.above(100);
  expect(texts.filter((text) => ENGLISH.test(text))).to.deep.equal([]);
}

describePage('the screens of the page', defineScreens, ['--wardrobe']);

function defineScreens({ stack, firestore, open }: PageStack): void {
  const tenant = () => firestore().doc('tenants/default');
  const sweep = () => firestore().doc('sweeps/hangtag-images');
  before(async function () {
    this.timeout(60_000);
    const batch = firestore().batch();
    for (let index = 0; index < IMAGES; index += 1) {
      batch.set(tenant().collection('images').doc(`image-${index}`), {
        name: `folder/image-${index}.jpg`,
        generation: '1',
        status: index % 10 === 0 ? 'review' : 'done',
        reason: null,
        category: index % 2 === 0 ? 'red' : 'green',
        confidence: 0.9,
        tier: index % 10 === 0 ? 'MANUAL_REVIEW' : 'AUTO_PROCESS',
        owner: index === 7 ? 'desk-7' : null,
        uploadedAt: new Date(START + index * 1_000),
      });
    }
    const { day, report } = madeUpReport(REPORTED);
    batch.set(tenant().collection('reports').doc(day), { day, report });
    batch.set(tenant().collection('alerts').doc('drift'), {
      condition: 'drift',
      phase: 'firing',
      severity: 'warning',
      since: START,
      text: 'The categories have changed',
      values: { categoriesPsi: 0.31 },
    });
    batch.set(tenant().collection('alerts').doc('model-self-test'), {
      condition: 'model-self-test',
      phase: 'firing',
      severity: 'critical',
      since: START,
      text: `The model in ${'folder/'.repeat(140)} cannot be used`,
      values: {},
    });
    batch.set(sweep(), SWEEP);
    for (const [category, facts] of Object.entries(CLOTHES)) {
      const record = aLabelledRecord({
        name: `tenants/acme/${category}.jpg`,
        category,
        owner: 'acme-reviewer',
        ...facts,
      });
      batch.set(firestore().doc(`tenants/acme/images/${category}`), documentOf(record, 0));
    }
    batch.set(firestore().doc('tenants/acme'), { features: ['palette', 'wardrobe'] });
    const secret = aLabelledRecord({ name: 'tenants/acme/secret.jpg', owner: 'somebody-else' });
    batch.set(firestore().doc('tenants/acme/images/secret'), documentOf(secret, 0));
    await batch.commit();
    const folder = await copyOfColours((manifest) => {
      Object.assign(manifest, { id: 'shop', version: '2' });
      Object.assign(manifest, { metrics: { shop: { n: 120, accuracy: 0.93, ece: 0.031 } } });
      Object.assign(manifest['engines'] ?? {}, { tfjs: 'tfjs-graph/model.json' });
    });
    await new FolderModelStore(join(stack().folder, '.hangtag/models')).put(folder);
  });

  const api = () => stack().address('API');
  const tile = (page: Page, index: number) => page.locator(`[title$="image-${index}.jpg"]`);
  const counters = (page: Page) => page.locator('.counters').innerText();

  it('show the oldest image when one scrolls to it, and count all', async function () {
    this.timeout(60_000);
    const page = await open();
    await tile(page, IMAGES - 1).waitFor();

    await until(
      'the oldest image',
      async () => {
        await page.evaluate('scrollTo(0, document.body.scrollHeight)');
        return (await tile(page, 0).count()) > 0;
      },
      30_000,
    );

    await page.getByRole('button', { name: '450 All' }).waitFor();
    expect(await counters(page))
      .to.match(/405\s+done/)
      .and.match(/45\s+to review/);
  });

  it('show what the address says, and write a filter into it', async function () {
    this.timeout(60_000);
    const page = await open({ hash: '#wall?status=review&q=1&tier=NONE' });
    await tile(page, 440).waitFor();
    expect(await page.locator('.tile:not(.review)').count()).to.equal(0);

    await page.getByRole('button', { name: /All$/ }).click();
    await page.locator('summary').click();
    await page.getByLabel('Owner').fill('desk-7');
    await page.getByLabel('Owner').press('Enter');
    await tile(page, 7).waitFor();

    await page.locator('.tile').nth(1).waitFor({ state: 'detached' });
    expect(page.url()).to.match(/#wall\?owner=desk-7$/);
    await page.getByLabel('Owner').fill('');
    await page.getByLabel('Owner').press('Enter');
    await page.getByRole('combobox', { name: 'Category' }).selectOption('green');
    await tile(page, 449).waitFor();
    expect(await tile(page, 448).count()).to.equal(0);
  });

  it('keep what somebody types as an owner while images arrive', async function () {
    this.timeout(60_000);
    const page = await open();
    await page.locator('summary').click();
    await tile(page, IMAGES - 1).waitFor();

    await page.getByLabel('Owner').fill('desk-7');
    await tenant()
      .collection('images')
      .add({ name: 'arrived.jpg', generation: '1', status: 'queued', uploadedAt: new Date() });
    await page.locator('[title="arrived.jpg"]').waitFor();

    expect(await page.getByLabel('Owner').inputValue()).to.equal('desk-7');
    await page.getByLabel('Owner').press('Enter');
    await page.locator('[title="arrived.jpg"]').waitFor({ state: 'detached' });
    await tile(page, 7).waitFor();
  });

  it('keep an image that is deleted while somebody looks at it, and say so', async function () {
    this.timeout(60_000);
    const looked = tenant().collection('images').doc('looked-at');
    await looked.set({
      name: 'looked-at.jpg',
      generation: '1',
      status: 'done',
      category: 'red',
      uploadedAt: new Date(),
    });
    const page = await open();
    await page.locator('[title$="looked-at.jpg"]').click();
    const detail = page.getByRole('dialog');
    await detail.getByRole('heading', { name: 'red' }).waitFor();

    await looked.update({ status: 'deleted' });
    await detail.locator('dd', { hasText: 'deleted' }).waitFor();
    await looked.delete();

    await detail.getByText('This image has no record any more.').waitFor();
    await detail.getByText('looked-at.jpg', { exact: true }).waitFor();
  });

  it('have a report with charts, the week before, and the numbers as a file', async function () {
    this.timeout(60_000);
    const page = await open({ hash: '#reports' });
    await page.getByRole('row', { name: /received/ }).waitFor();

    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'JSON' }).click(),
    ]);

    expect(download.suggestedFilename()).to.equal('2999-11-20.json');
    expect(await page.locator('.chart svg').first().locator('g').count()).to.equal(14);
  });

  it('leave out a report that cannot be read, name its day, and show it when it is mended', async function () {
    this.timeout(60_000);
    const { day, report } = madeUpReport(Date.parse('2999-12-31T12:00:00Z'));
    const broken = tenant().collection('reports').doc(day);
    await broken.set({ day, report: { ...report, totals: null } });
    const page = await open({ hash: '#reports' });
    await page.getByText(`Reports that cannot be read: ${day}`).waitFor();
    await page.getByRole('row', { name: /received/ }).waitFor();
    await expectNoFaultOfAxe(page);

    await broken.set({ day, report });

    await page.getByText('Reports that cannot be read').waitFor({ state: 'detached' });
    await page.getByRole('option', { name: day }).waitFor({ state: 'attached' });
  });

  for (const hours of [-1, 1])
    it(`work with a clock that is off by ${hours} h`, async function () {
      this.timeout(60_000);
      const page = await open({ hash: '#review', user: 'admin' });
      await page.clock.setSystemTime(Date.now() + hours * 3_600_000);
      await page.reload();
      await page.locator('figcaption').waitFor();
      await page.getByRole('link', { name: 'Models' }).click();
      await page.locator('.version').first().waitFor();
      await page.getByRole('link', { name: 'Wall' }).click();
      await page.locator('.tile').first().waitFor();

      expect(await page.locator('.failure:not(:empty)').count()).to.equal(0);
    });

  it('let an administrator pause the sweep and see alerts and the budget, and nobody else', async function () {
    this.timeout(60_000);
    // Every ten minutes, the stack continues a sweep that is unfinished.
    await sweep().set(SWEEP);
    const page = await open({ hash: '#health', user: 'admin' });
    await page.getByText('The categories have changed').waitFor();
    await page.getByText(/^Tenant: 0 images, about .*; no limit$/).waitFor();
    await page.getByText('running · all objects').waitFor();
    const terms = ['Objects listed', 'With a correct record', 'Started', 'Last change'];
    expect(await page.locator('dt').allInnerTexts()).to.deep.equal(terms);

    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('paused').waitFor();

    const reviewer = await open({ hash: '#health' });
    await reviewer.getByText('Only administrators see this.').waitFor();
  });

  it('say in German what alerts and findings are about, and what the API refuses', async function () {
    this.timeout(60_000);
    const german = { user: 'admin', locale: 'de-DE' };
    const page = await open({ hash: '#health', ...german });
    const alert = page.getByRole('listitem').filter({ hasText: 'Veränderung gegenüber den Tagen davor:' });
    await alert.getByText('Die Anteile der Kategorien (PSI 0,31) änderten sich').waitFor();

    await page.getByRole('link', { name: 'Berichte' }).click();

    const finding = page.locator('.finding', { hasText: 'Viele unsichere Labels:' });
    await finding.getByText('61 Bilder sind zu unsicher für einen kurzen Blick, mehr als 50.').waitFor();

    const nowhere = { api: `${await api()}/nowhere` };
    const elsewhere = await open({ hash: '#health', ...german, settings: nowhere });

    await elsewhere.getByText('Das gibt es nicht, oder nicht mehr.').waitFor();
    const details = elsewhere.getByText('Expected a path of the API');
    expect(await details.isVisible()).to.equal(false);
    await elsewhere.getByRole('alert').getByText('Einzelheiten').click();
    expect(await details.isVisible()).to.equal(true);
  });

  it('say in the language of the page that the API does not answer', async function () {
    this.timeout(60_000);
    const away = { hash: '#models', user: 'admin', settings: { api: 'http://127.0.0.1:9' } };
    const english = await open(away);
    const german = await open({ ...away, locale: 'de-DE' });

    await english.getByText('The server does not answer. Check the connection').waitFor();
    await german.getByText('Der Server antwortet nicht. Prüfen Sie die Verbindung').waitFor();
    await expectNoEnglish(german);
  });

  it('have no English text on a German page', async function () {
    this.timeout(120_000);
    const page = await open({ hash: '#wall', user: 'admin', locale: 'de-DE' });
    await page.locator('.tile').first().waitFor();
    await page.locator('summary').click();
    await expectNoEnglish(page);
    for (const [name, content] of [
      ['Prüfen', 'figcaption'],
      ['Berichte', 'table'],
      ['Probieren', '.try'],
      ['Modelle', '.version'],
      ['Zustand', '.alerts'],
    ] as const) {
      await page.getByRole('link', { name }).click();
      await page.locator(content).first().waitFor();
      await expectNoEnglish(page);
    }
    await page.getByText('Bilder warten, bis ein Modell seinen Test besteht.').waitFor();

    const acme = await open({ user: 'acme-reviewer', locale: 'de-DE' });
    await acme.locator('[title$="Tshirts.jpg"]').click();
    await acme.getByText('blau, dunkel').waitFor();
    await expectNoEnglish(acme);
    await acme.goto(`${acme.url().split('#')[0]}#wardrobe`);
    await acme.locator('.outfit').first().waitFor();
    await expectNoEnglish(acme);
  });

  it('fit a phone, and a desktop with a zoom of 400 %, however long names and alerts are', async function () {
    this.timeout(120_000);
    const by = 'somebody-with-a-long-name@example.com';
    await tenant()
      .collection('controls')
      .add({ image: 'image-1', generation: '1', category: 'red', expected: 'red', by, at: new Date() });
    for (const locale of ['en-GB', 'de-DE']) {
      const page = await open({
        ...{ hash: '#health', user: 'admin', locale },
        viewport: { width: 320, height: 256 },
      });
      await page.getByText('cannot be used').waitFor({ state: 'attached' });
      await page.getByRole('row', { name: by }).waitFor();
      for (const [hash, content] of [
        ['#health', '.alerts'],
        ['#reports', 'table'],
        ['#models', '.version'],
        ['#wall', '.tile'],
      ] as const) {
        await page.goto(`${page.url().split('#')[0]}${hash}`);
        await page.locator(content).first().waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${hash} ${locale}`).to.equal(
          320,
        );
      }
      await page.evaluate('scrollTo(0, 400)');
      expect(
        await page.locator('header').evaluate((head) => head.getBoundingClientRect().bottom),
      ).to.be.below(0);
    }
  });

  it('let an administrator have parked images labelled once more', async function () {
    this.timeout(120_000);
    const { env, bucket } = stack();
    const storage = new Storage({
      apiEndpoint: env['STORAGE_EMULATOR_HOST'] ?? '',
      projectId: 'demo-hangtag',
    });
    const red = await flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();
    await storage.bucket(bucket).file('parked.jpg').save(red, { resumable: false });
    const found = tenant().collection('images').where('name', '==', 'parked.jpg');
    const image = await until('the label', async () => {
      const [labelled] = (await found.get()).docs;
      return labelled?.get('status') === 'done' && labelled.ref;
    });
    await image.update({ status: 'failed', reason: 'parked', attempts: 5 });
    const page = await open({ hash: '#health', user: 'admin' });
    await page.getByText('waiting for a replay: 1').waitFor();

    await page.getByRole('button', { name: 'label them now' }).click();

    await page.getByText('Queued again: 1').waitFor();
    await page.getByText('waiting for a replay: 0').waitFor();
    await until('the label', async () => (await image.get()).get('status') === 'done');
  });

  it('let an administrator try a model, promote it and roll it back', async function () {
    this.timeout(60_000);
    const page = await open({ hash: '#models', user: 'admin' });
    const click = (name: string | RegExp) => page.getByRole('button', { name }).click();

    await click('Start a trial shop@2');
    await page.getByText('shop@2 labels 10 % of the images too').waitFor();
    await page.getByRole('row', { name: /shop.*120.*93 %.*0\.031/ }).waitFor();
    await click('Promote if it is better');
    await page.getByRole('alert').getByText('at least 20 judged images').waitFor();
    await click('Promote nevertheless');
    await page.locator('dd').getByText('shop@2').waitFor();
    await click('Roll back to the model of the installation');

    await page.locator('dd').getByText('the model of the installation').waitFor();
    const changes = await page.locator('.history b').allInnerTexts();
    expect(changes).to.deep.equal(['Roll-back', 'Promotion', 'Trial']);
    expect(await page.locator('.history').innerText()).to.match(/, admin\n.*Against the figures/);
  });

  it('label a picture in the browser as the API does, and send it nowhere', async function () {
    this.timeout(60_000);
    const client = new HangtagClient({ url: await api() });
    await client.promote({ model: 'shop@2', isForced: true });
    await until('the promoted model', async () => (await client.model()).version === '2');
    const picture = join(COLOURS_MODEL, 'golden/01.png');
    const { category, confidence } = await client.predict(new Blob([readFileSync(picture)]));
    const page = await open({ hash: '#try', user: 'viewer' });
    const uploads: string[] = [];
    page.on('request', (request) => {
      if (/\/(upload|predict|o\?)/.test(request.url())) uploads.push(request.url());
    });

    await page.setInputFiles('.try input', [picture, fileURLToPath(import.meta.url)]);
    await page.getByText('The picture cannot be shown').waitFor();
    const answer = await page.locator('.try .bars li').first().innerText();
    await client.rollBack();

    const [label, share] = answer.split('\n');
    expect(label).to.equal(category);
    expect(Number.parseFloat(share ?? '') / 100).to.be.closeTo(confidence ?? 0, 0.002);
    expect(uploads).to.deep.equal([]);
  });

  const learning = (page: Page) =>
    page.locator('section', { has: page.getByRole('heading', { name: /^(Learn from|Aus) / }) });

  it('let an administrator learn from corrections, and say why there are too few', async function () {
    this.timeout(240_000);
    const client = new HangtagClient({ url: await api() });
    await client.promote({ model: await storeColours(), isForced: true });
    const page = await open({ hash: '#models', user: 'admin' });
    const button = (name: string) => learning(page).getByRole('button', { name });
    const status = learning(page).getByRole('status');
    await button('Learn from corrections').click();
    await status.getByText('too few judged images: a new label needs 20').waitFor({ timeout: 60_000 });
    await learning(page).getByText('Expected at least two labels with enough pictures').waitFor();

    await judge('blue', 20);
    await judge('red', 3);
    await page.reload();
    await button('Learn from 23 new corrections').press('Enter');
    await learning(page).getByRole('progressbar').waitFor();
    await status.getByText(/^palette@.+ was learned and put on trial\.$/).waitFor({ timeout: 120_000 });

    const after = button('Learn from corrections');
    await after.and(page.locator('[aria-disabled=false]')).waitFor();
    expect(await after.evaluate((element) => element.matches(':focus'))).to.equal(true);
    const row = learning(page).getByRole('row', { name: /^blue/ });
    expect((await row.innerText()).split(/\s+/).slice(0, 4)).to.deep.equal(['blue', '20', '0', '%']);
    await page.getByText(/^palette@.+ labels 10\s% of the images too/).waitFor();
    await client.endTrial();
    await client.rollBack();
  });

  /** A model with knowledge of red and green. @returns its name in the store of the stack */
  async function storeColours(): Promise<string> {
    const known = [...(await colourPictures('red', 6)), ...(await colourPictures('green', 6))];
    const pictures = known.map(({ name, label, bytes }) => ({ name, label, read: async () => bytes }));
    const out = join(stack().folder, 'palette');
    const request = { gathered: { pictures, notes: [] }, baseDir: COLOURS_MODEL, min: 5, out, id: 'palette' };
    await learnModel({ ...request, keepsLabels: false }, { onNote: () => {}, onProgress: () => {} });
    const { id, version } = await new FolderModelStore(join(stack().folder, '.hangtag/models')).put(out);
    return `${id}@${version}`;
  }

  /** Uploads pictures and corrects or confirms their labels. */
  async function judge(shade: Shade, n: number): Promise<void> {
    const { env, bucket } = stack();
    const storage = new Storage({
      projectId: env['GCLOUD_PROJECT'] ?? '',
      apiEndpoint: env['STORAGE_EMULATOR_HOST'] ?? '',
    });
    const pictures = await colourPictures(shade, n);
    await Promise.all(
      pictures.map(({ name, bytes }) =>
        storage.bucket(bucket).file(`judged/${name}`).save(Buffer.from(bytes), { resumable: false }),
      ),
    );
    const uploaded = tenant()
      .collection('images')
      .where('name', '>=', `judged/${shade}`)
      .where('name', '<', `judged/${shade}~`);
    const labelled = await until(
      'labels',
      async () => {
        const { docs } = await uploaded.get();
        return docs.filter((each) => each.get('labeledAt') !== null).length === n && docs;
      },
      60_000,
    );
    for (const image of labelled) {
      const generation = image.get('generation');
      const correction = { category: shade, by: 'reviewer', at: new Date(), generation };
      await image.ref.update({ correction, status: 'done', reason: null });
    }
  }

  const HEAD = { uid: 'head', tenant: 'learners', role: 'admin' };
  const REQUEST = { by: 'anna', min: 7, share: 0.5, trusted: [] };
  const figures = {
    ...{ n: 60, accuracy: 0.9, accuracyBefore: 0.5 },
    classes: [
      { label: 'red', n: 40, precision: 0.88, recall: 1, recallBefore: 0.75 },
      { label: 'a category with a very long name', n: 20, precision: null, recall: 0.7, recallBefore: null },
    ],
  };
  const openLearning = (options: OpenOptions = {}) =>
    open({ hash: '#models', ...options, settings: { users: [HEAD], ...options.settings } });
  const writeRun = async (facts: Partial<LearningRun>) => {
    const run = { ...queuedRun('run-1', REQUEST, START), ...facts };
    const times = { queuedAt: new Date(), updatedAt: new Date() };
    await firestore()
      .doc('tenants/learners/learning/latest')
      .set({ ...run, ...times });
  };

  it('show how far a run of learning is, and announce its steps but not each picture', async function () {
    this.timeout(60_000);
    await writeRun({ state: 'running', step: 'embed', done: 1_120, total: 3_000 });
    const page = await openLearning();
    const status = learning(page).getByRole('status');
    await status.getByText('The pictures are read.').waitFor();
    await learning(page).getByText('1,120 of 3,000 pictures').waitFor();
    await expectNoFaultOfAxe(page);
    await page.evaluate(`
      changes = 0;
      new MutationObserver(() => { changes += 1; }).observe(document.querySelector('section [role=status]'),
        { childList: true, characterData: true, subtree: true })`);
    const changes = () => page.evaluate<number>('changes');

    await writeRun({ state: 'running', step: 'embed', done: 1_121, total: 3_000 });
    await learning(page).getByText('1,121 of 3,000 pictures').waitFor();
    const changesOfCount = await changes();
    await writeRun({ state: 'running', step: 'make', done: 3_000, total: 3_000 });
    await status.getByText('The labels are learned and tested.').waitFor();

    expect(changesOfCount).to.equal(0);
    expect(await changes()).to.equal(1);
  });

  it('say why a run of learning ended, and start it again as it was asked for', async function () {
    this.timeout(90_000);
    const page = await openLearning();
    const german = await openLearning({ locale: 'de-DE' });
    const endsWith = async (facts: Partial<LearningRun>, text: string, inGerman: string) => {
      await writeRun(facts);
      await learning(page).getByText(text).waitFor();
      await learning(german).getByText(inGerman).waitFor();
    };
    const refused = { state: 'refused', message: 'Expected other pictures' } as const;
    await endsWith({ ...refused, fault: 'contradicting' }, 'Images that look alike', 'Ähnliche Bilder haben');
    await endsWith({ ...refused, fault: 'model' }, 'keeps no knowledge', 'behält kein Wissen');
    await endsWith({ state: 'failed', message: 'x is undefined' }, 'x is undefined', 'scheiterte');
    await endsWith(
      { ...refused, fault: 'one-label', reviewers: ['desk-1'] },
      'by desk-1 are to one label',
      'von desk-1 führen zu einem Label',
    );
    await learning(page).getByRole('button', { name: 'Learn nevertheless' }).waitFor();
    await endsWith({ state: 'interrupted' }, 'The run was interrupted.', 'Der Lauf wurde unterbrochen.');

    await learning(page).getByRole('button', { name: 'Start again' }).click();

    const latest = firestore().doc('tenants/learners/learning/latest');
    await until('the second run', async () => (await latest.get()).get('state') === 'refused', 60_000);
    expect((await latest.get()).data()).to.include({ by: 'head', min: 7, share: 0.5, fault: 'model' });
  });

  it('let an administrator start again what was silent for two minutes', async function () {
    this.timeout(60_000);
    await writeRun({ state: 'running', step: 'make' });
    const page = await openLearning();
    await page.clock.install();
    await page.reload();
    await learning(page).getByText('The labels are learned and tested.').waitFor();
    const again = learning(page).getByRole('button', { name: 'Start again' });
    expect(await again.count()).to.equal(0);

    await page.clock.fastForward(SILENCE_MS);

    await again.waitFor();
  });

  it('do without a run of learning that has another form', async function () {
    this.timeout(60_000);
    await firestore().doc('tenants/learners/learning/latest').set({ state: 'lost', notes: 7 });
    const page = await openLearning();

    await learning(page).getByRole('button', { name: 'Learn from corrections', disabled: false }).waitFor();

    expect(await learning(page).getByRole('status').innerText()).to.equal('');
  });

  it('name the command that learns where the page has no API, and fit a phone', async function () {
    this.timeout(60_000);
    const model = { id: 'palette', version: '1.3.0-learned.0a1b2c3d' };
    await writeRun({
      state: 'done',
      figures,
      model,
      notes: ['60 judged images: 40 confirmed, 20 corrected'],
    });
    const page = await openLearning({
      viewport: { width: 360, height: 800 },
      settings: { api: undefined },
    });

    await page.getByText('npm run learn -- --tenant learners').waitFor();
    await learning(page)
      .getByRole('row', { name: /^All 60 50 % 90 %/ })
      .waitFor();

    expect(await learning(page).getByRole('button').count()).to.equal(0);
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(360);
    const ends = await page
      .locator('nav a')
      .evaluateAll((links) => links.map((each) => each.getBoundingClientRect().right));
    expect(Math.max(...ends), 'the end of the links').to.be.below(360);
    await expectNoFaultOfAxe(page);
  });

  it('offer a person an outfit for each day, and remember that they like it', async function () {
    this.timeout(60_000);
    const page = await open({ hash: '#wardrobe', user: 'acme-reviewer' });
    const today = page.locator('.days > li').first();
    const like = today.getByRole('button', { name: 'Like' });

    await like.click();
    await until(
      'the outfit to be liked',
      async () => (await like.getAttribute('aria-pressed')) === 'true',
      20_000,
    );

    const pictures = today.locator('.outfit img');
    expect(
      await pictures.evaluateAll((images) => images.map((image) => image.getAttribute('alt'))),
    ).to.have.members(['Tshirts', 'Casual Shoes']);
    expect(await page.locator('.days > li').count()).to.equal(7);
  });

  it('show a person their own images where those of others are private', async () => {
    const page = await open({ user: 'acme-reviewer' });

    await page.locator('[title$="Tshirts.jpg"]').waitFor();

    expect(page.url()).to.include('owner=acme-reviewer');
    expect(await page.locator('.tile').count()).to.equal(2);
  });

  for (const screen of ['wall', 'detail', 'reports', 'try', 'models', 'health', 'wardrobe']) {
    it(`have no fault that axe finds, light or dark: ${screen}`, async function () {
      this.timeout(60_000);
      const user = ['wardrobe', 'detail'].includes(screen) ? 'acme-reviewer' : 'admin';
      const page = await open({ hash: screen === 'detail' ? '#wall' : `#${screen}`, user });
      if (screen === 'wall') await page.locator('summary').click();
      await page.locator('.tile, table, .try, .version, .alerts, .outfit').first().waitFor();
      if (screen === 'detail') {
        await page.locator('.tile button').first().click();
        await page.getByRole('dialog').locator('dl').waitFor();
        await page.getByRole('button', { name: 'Why' }).click();
        await page.getByRole('button', { name: 'Why', pressed: true }).waitFor();
      }

      await expectNoFaultOfAxe(page);
    });
  }
}
