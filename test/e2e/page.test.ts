import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { flat } from '../fixtures/pictures.js';
import { aNewRecord, keyOf } from '../fixtures/records.js';
import { describePage, expectNoFaultOfAxe, openWall, untilLive } from '../support/page-stack.js';
import { until } from '../support/until.js';
import { writePictures } from '../support/write-pictures.js';

describePage("the page of npm start, on Google's emulators", ({ stack, firestore, open }) => {
  let page: Page;

  beforeEach(async function () {
    this.timeout(60_000);
    page = await openWall(open);
  });

  const pictures = (count: number, prefix: string) =>
    writePictures(join(stack().folder, prefix), count, prefix);
  const tiles = (prefix: string) => page.locator(`.tile [title*="${prefix}-"]`);

  it('shows an image that is uploaded by it, and its label, without a reload', async function () {
    this.timeout(60_000);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // The label can arrive before the thumbnail is stored: the tile then shows the original.
      const isEarly = message.location().url.includes('thumbnails');
      if (message.type() === 'error' && !isEarly) problems.push(message.text());
    });
    await page.reload();
    await untilLive(page);
    await page.getByLabel('Choose pictures').setInputFiles([...(await pictures(3, 'mine'))]);

    await page.locator('.tile:has([title*="mine-"]) .label', { hasText: 'red' }).nth(2).waitFor();

    expect(await tiles('mine').count()).to.equal(3);
    expect(await page.locator('.uploads').innerText()).to.include('3 of 3 uploaded');
    expect(problems).to.deep.equal([]);
  });

  it('shows the progress of each large file', async function () {
    this.timeout(60_000);
    const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const large = sharp({ create: { width: 1_200, height: 1_200, channels: 3, background: '#888', noise } });
    const buffer = await large.png().toBuffer();
    let letGo = () => {};
    const isLetGo = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    // Firebase's SDK sends the bytes after it has asked for an upload.
    await page.route(/upload_id/, async (route) => {
      await isLetGo;
      await route.continue();
    });

    await page
      .getByLabel('Choose pictures')
      .setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer });
    await page.locator('.uploads').getByText('large.png').waitFor();
    letGo();

    await page.locator('.uploads', { hasText: '1 of 1 uploaded' }).waitFor();
    expect(await page.locator('.file').count()).to.equal(0);
    // A record that came after the end of the test would stay.
    await page.locator('[title*="large.png"]').waitFor();
  });

  it('shows thumbnails, and the original of an image whose thumbnail is lost', async function () {
    this.timeout(180_000);
    await page.getByLabel('Choose pictures').setInputFiles([...(await pictures(1, 'small'))]);
    await page.locator('.tile:has([title*="small-0"]) .label', { hasText: 'red' }).waitFor();
    const shown = (isThumbnail: boolean) =>
      until(
        isThumbnail ? 'the thumbnail' : 'the original',
        async () => {
          await page.reload();
          const img = page.locator('.tile:has([title*="small-0"]) img');
          await img.waitFor();
          await until('a picture', () =>
            page.evaluate<boolean>('[...document.images].every((each) => each.complete)'),
          );
          const src = (await img.getAttribute('src')) ?? '';
          return src.includes('thumbnails') === isThumbnail && src;
        },
        60_000,
      );
    const url = await shown(true);

    await fetch(url.split('?')[0] ?? '', { method: 'DELETE' });

    await shown(false);
  });

  it('shows a thumbnail that is stored after the record that names it, without a reload', async function () {
    this.timeout(180_000);
    let requests = 0;
    await page.route(/thumbnails/, (route) => {
      requests += 1;
      return requests === 1 ? route.fulfill({ status: 404 }) : route.continue();
    });

    await page.getByLabel('Choose pictures').setInputFiles([...(await pictures(1, 'late'))]);

    const picture = page.locator('.tile:has([title*="late-0"]) img[src*=thumbnails]');
    await until('the thumbnail', async () => requests > 1 && (await picture.count()) === 1, 60_000);
  });

  it('shows images of other clients as they come, and none of another tenant', async function () {
    this.timeout(60_000);
    const storage = new Storage({
      apiEndpoint: stack().env['STORAGE_EMULATOR_HOST'] ?? '',
      projectId: 'demo-hangtag',
    });
    const red = await flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();
    for (const name of ['others-1.jpg', 'tenants/acme/others-2.jpg'])
      await storage.bucket(stack().bucket).file(name).save(red, { resumable: false });

    await tiles('others').first().waitFor();
    expect(await tiles('others').count()).to.equal(1);

    await page.selectOption('select', 'acme-reviewer (acme)');
    await page.locator('[title*="tenants/acme/others-2.jpg"]').waitFor();
    expect(await page.locator('.tile').count()).to.equal(1);
  });

  it('has one picture after the other reviewed by keys; an answer can be taken back before it is saved', async function () {
    this.timeout(60_000);
    const images = firestore().collection('tenants/default/images');
    const record = (id: string, confidence: number) => ({
      name: `${id}.jpg`,
      generation: '1',
      status: 'review',
      reason: 'low-confidence',
      category: 'red',
      confidence,
      labels: [{ label: 'red', score: confidence }],
    });
    await images.doc('sure').set(record('sure', 0.8));
    await images.doc('unsure').set(record('unsure', 0.3));
    await page.locator('nav b', { hasText: '2' }).waitFor();
    await page.goto(new URL('#review', page.url()).href);
    await page.getByText('2 to review').waitFor();
    expect(await page.locator('figcaption').innerText(), 'the least certain first').to.include('unsure.jpg');

    await page.keyboard.press('2');
    await page.getByText('1 to review').waitFor();
    await page.keyboard.press('u');
    await page.getByText('2 to review').waitFor();
    expect((await images.doc('unsure').get()).get('status')).to.equal('review');
    await page.keyboard.press('2');
    await page.locator('figcaption', { hasText: /^sure\.jpg/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Nothing to review.').waitFor();
    const stored = () => Promise.all(['unsure', 'sure'].map((id) => images.doc(id).get()));
    await until('two answers', async () => (await stored()).every((each) => each.get('status') === 'done'));

    const [unsure, sure] = await stored();
    expect(unsure?.get('correction')).to.include({ by: 'reviewer', generation: '1' });
    expect(unsure?.get('correction').category).not.to.equal('red');
    expect(sure?.get('correction.category')).to.equal('red');
  });

  it('shows the keys of the review, which answer nothing meanwhile; Enter chooses the label that has the focus', async function () {
    this.timeout(60_000);
    const image = firestore().doc('tenants/default/images/focused');
    await image.set({
      ...{ name: 'focused.jpg', generation: '1', status: 'review', reason: 'low-confidence' },
      ...{ category: 'red', confidence: 0.4, labels: [{ label: 'red', score: 0.4 }] },
    });
    await page.goto(new URL('#review', page.url()).href);
    await page.locator('figcaption', { hasText: 'focused.jpg' }).waitFor();

    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.waitFor();
    await expectNoFaultOfAxe(page);
    await page.keyboard.press('2');
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'hidden' });
    await page.getByText('1 to review').waitFor();
    const second = page.locator('.choices button').nth(1);
    const label = await second.locator('span').innerText();
    await second.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Nothing to review.').waitFor();

    await until('the answer', async () => (await image.get()).get('status') === 'done');
    expect((await image.get()).get('correction.category')).to.equal(label);
  });

  it('moves nothing in the wall of a phone when images arrive and get labels while one is scrolled down', async function () {
    this.timeout(120_000);
    const images = firestore().collection('tenants/default/images');
    const write = async (prefix: string, count: number, status: string) => {
      const batch = firestore().batch();
      for (let index = 0; index < count; index += 1)
        batch.set(images.doc(`${prefix}-${index}`), {
          ...{ name: `${prefix}-${index}.jpg`, generation: '1', status, category: 'red' },
          ...{ confidence: 0.9, uploadedAt: new Date() },
        });
      await batch.commit();
    };
    const queued = async () => (await page.locator('.counter.queued b').allInnerTexts())[0] ?? '0';
    await page.setViewportSize({ width: 360, height: 800 });
    // With the counter of queued images beside those of all, done and review, the counters need two lines.
    await write('before-review', 1, 'review');
    await write('before', 60, 'done');
    await page.locator('.tile [title^="before-59"]').waitFor();
    await until('the place', () => page.evaluate<boolean>('scrollTo(0, 1000), scrollY === 1000'));
    await page.evaluate(`
      globalThis.shifts = [];
      new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value)))
        .observe({ type: 'layout-shift' });
    `);

    await write('arriving', 9, 'queued');
    await until('the queued images', async () => (await queued()) === '9');
    await write('arriving', 9, 'done');
    await until('the labels', async () => (await queued()) === '0');
    await page.getByRole('button', { name: '9 new' }).waitFor();

    expect(await page.evaluate('shifts')).to.deep.equal([]);
  });

  it('shows in the review, by a key, which parts of the picture speak for its label', async function () {
    this.timeout(60_000);
    const images = firestore().collection('tenants/default/images');
    await page.getByLabel('Choose pictures').setInputFiles([...(await pictures(1, 'warm'))]);
    await page.locator('.tile:has([title*="warm-"]) .label', { hasText: 'red' }).waitFor();
    const warm = (await images.get()).docs.find((each) => each.get('name').includes('warm-'));
    const heat = { width: 2, height: 1, values: [1, 0] };
    await warm?.ref.update({ status: 'review', reason: 'low-confidence', heat });
    await page.goto(new URL('#review', page.url()).href);
    await page.locator('figcaption', { hasText: 'warm-' }).waitFor();
    const overlay = page.getByRole('img', { name: 'Bright: what speaks for red' });

    expect(await overlay.count()).to.equal(0);
    await page.keyboard.press('w');
    await overlay.waitFor();
    const opacities = await page.evaluate<readonly number[]>(`(() => {
      const canvas = document.querySelector('.explained canvas');
      return [0, canvas.width - 1].map((x) => canvas.getContext('2d').getImageData(x, 0, 1, 1).data[3]);
    })()`);
    const places = [await overlay.boundingBox(), await page.locator('.explained img').boundingBox()];
    await page.keyboard.press('w');
    await overlay.waitFor({ state: 'detached' });

    expect(opacities).to.deep.equal([0, 190]);
    expect(places[0]).to.deep.equal(places[1]);
  });

  it('has images with the same label confirmed together, but for those that are taken out', async function () {
    this.timeout(60_000);
    const images = firestore().collection('tenants/default/images');
    const alike = images.where('name', '>=', 'alike').where('name', '<', 'alikf').orderBy('name');
    for (const [index, category] of ['red', 'green', 'red', 'red'].entries())
      await images.doc(`alike-${index}`).set({
        ...{
          name: `alike-${index}.jpg`,
          generation: '1',
          status: 'review',
          reason: 'low-confidence',
          category,
        },
        ...{ confidence: 0.3 + index / 10, labels: [{ label: category, score: 0.3 + index / 10 }] },
      });
    await page.locator('nav b', { hasText: '4' }).waitFor();
    await page.goto(new URL('#review', page.url()).href);
    await page.locator('figcaption', { hasText: 'alike-0.jpg' }).waitFor();

    await page.keyboard.press('a');
    await page.locator('.alike li').nth(2).waitFor();
    await page.getByRole('button', { name: 'alike-2.jpg' }).click();
    await expectNoFaultOfAxe(page);
    await page.getByRole('button', { name: 'Confirm 2 as red' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 to review').waitFor();

    const corrections = async () => (await alike.get()).docs.map((each) => each.get('correction.category'));
    await until('two corrections', async () => (await corrections()).filter(Boolean).length === 2);
    expect(await corrections()).to.deep.equal(['red', undefined, undefined, 'red']);
  });

  it('has those confirmed together that look like the one shown, the most similar first, and takes all back', async function () {
    this.timeout(60_000);
    const records = new FirestoreRecordStore(firestore());
    const degrees = { 'twin-shown': 0, 'twin-far': 80, 'twin-near': 10, 'twin-unknown': null };
    for (const [index, [name, angle]] of Object.entries(degrees).entries()) {
      const [confidence, radians] = [0.1 + index / 10, ((angle ?? 0) * Math.PI) / 180];
      const record = aNewRecord({
        ...{ name, status: 'review', reason: 'low-confidence', category: 'red', confidence },
        labels: [{ label: 'red', score: confidence }],
        ...(angle !== null && { vector: [Math.cos(radians), Math.sin(radians)], backbone: 'twins' }),
      });
      await records.create(keyOf(name), record);
    }
    await page.goto(new URL('#review', page.url()).href);
    await page.locator('figcaption', { hasText: 'twin-shown' }).waitFor();

    await page.keyboard.press('a');
    await page.locator('.alike li').nth(2).waitFor();
    const shown = await page.locator('.alike li button > span:last-child').allInnerTexts();
    await page.keyboard.press('Enter');
    await page.getByText('1 to review').waitFor();
    await page.keyboard.press('u');
    await page.getByText('4 to review').waitFor();

    expect(shown).to.deep.equal(['twin-shown', 'twin-near', 'twin-far']);
  });

  it('shows on request which images look like one, and opens them', async function () {
    this.timeout(60_000);
    const records = new FirestoreRecordStore(firestore());
    const degrees = { 'like-shown': 0, 'like-near': 10, 'like-far': 80 };
    for (const [name, angle] of Object.entries(degrees)) {
      const radians = (angle * Math.PI) / 180;
      const vector = [Math.cos(radians), Math.sin(radians)];
      await records.create(
        keyOf(name),
        aNewRecord({ name, status: 'done', category: 'red', vector, backbone: 'likes' }),
      );
    }
    await page.locator('[title="like-shown"]').click();
    const detail = page.getByRole('dialog');
    await detail.getByRole('button', { name: 'Show similar images' }).click();

    await detail.locator('.similar li').nth(1).waitFor();
    const found = detail.locator('.similar button');
    expect(await found.evaluateAll((all) => all.map((each) => each.getAttribute('title')))).to.deep.equal([
      'like-near',
      'like-far',
    ]);
    await found.first().click();
    await detail.getByText('like-near', { exact: true }).waitFor();
  });

  it('has likely wrong labels in a queue of their own, the label that is more likely first', async function () {
    this.timeout(60_000);
    const image = firestore().doc('tenants/default/images/suspect');
    await image.set({
      ...{ name: 'suspect.jpg', generation: '1', status: 'done', category: 'red', confidence: 0.9 },
      labels: [{ label: 'red', score: 0.9 }],
    });
    const suspect = { imageId: 'suspect', generation: '1', category: 'green', confidence: 0.8 };
    const gone = { imageId: 'gone', generation: '1', category: 'green', confidence: 0.7 };
    await firestore()
      .doc('tenants/default/queues/suspects')
      .set({ images: [suspect, gone, 'no image'] });

    await page.goto(new URL('#review', page.url()).href);
    await page.getByRole('link', { name: 'Likely wrong labels: 1' }).click();
    await page.locator('figcaption', { hasText: 'Labelled red, which is likely wrong.' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Nothing to review.').waitFor();
    await page.getByRole('link', { name: 'What waits for review' }).click();

    await until('the correction', async () => (await image.get()).get('correction.category') === 'green');
  });

  it('mixes controls into a review, whose answers change no label, and shows administrators who agrees', async function () {
    this.timeout(240_000);
    const settings = firestore().doc('tenants/default');
    const image = (id: string) => firestore().doc(`tenants/default/images/${id}`);
    const record = {
      generation: '1',
      category: 'red',
      confidence: 0.4,
      labels: [{ label: 'red', score: 0.4 }],
    };
    for (let index = 0; index < 6; index += 1)
      await image(`asked-${index}`).set({
        ...record,
        ...{ name: `asked-${index}`, status: 'review', reason: 'low-confidence' },
      });
    const correction = { category: 'green', by: 'somebody', at: new Date(), generation: '1' };
    await image('control').set({ ...record, name: 'control', status: 'done', correction });
    await settings.set({ review: { controlEvery: 2 } }, { merge: true });
    await page.goto(new URL('#review', page.url()).href);
    await page.reload();
    await page.locator('figcaption', { hasText: 'asked-' }).waitFor();

    // The first pictures may come before the controls.
    const shown = async () => (await page.locator('figcaption').innerText()).split('\n')[0] ?? '';
    for (let name = await shown(); name !== 'control'; name = await shown()) {
      await page.keyboard.press('Enter');
      await page.locator('figcaption', { hasNotText: name }).waitFor();
    }
    await page.keyboard.press('Enter');
    await page.locator('figcaption', { hasText: 'asked-' }).waitFor();

    const answers = settings.collection('controls');
    const [answer] = await until('the answer', async () => {
      const { docs } = await answers.get();
      return docs.length > 0 && docs;
    });
    expect(answer?.data()).to.include({
      image: 'control',
      category: 'red',
      expected: 'green',
      by: 'reviewer',
    });
    expect((await image('control').get()).get('correction.category')).to.equal('green');
    const admin = await open({ hash: '#health', user: 'admin' });
    await admin.getByRole('row', { name: 'reviewer 1 0 %' }).waitFor();
  });

  it('lets viewers look and not review', async () => {
    await page.selectOption('select', 'viewer (default)');
    await page.goto(new URL('#review', page.url()).href);

    await page.getByText('Only reviewers can correct labels').waitFor();
  });

  it('loads nothing from elsewhere, and runs no script that is not its own', async () => {
    const response = await page.reload();

    expect(response?.headers()['content-security-policy'])
      .to.include("default-src 'none'")
      .and.include("script-src 'self'");
    const outcome = await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
      return 'injected' in window;
    })()`);
    expect(outcome).to.equal(false);
  });

  it('loads only those functions of Firestore that it uses', async () => {
    const loaded = () =>
      page.evaluate<readonly string[]>("performance.getEntriesByType('resource').map(({ name }) => name)");
    const script = await until("Firebase's SDK", async () =>
      (await loaded()).find((name) => /assets\/firebase-[^/]*\.js$/.test(name)),
    );

    expect(await (await fetch(script)).text()).to.not.include('enableIndexedDbPersistence');
  });

  for (const view of ['wall', 'review'])
    it(`has no fault that axe finds, light or dark: ${view}`, async function () {
      this.timeout(60_000);
      await page.getByLabel('Choose pictures').setInputFiles([...(await pictures(1, view))]);
      await tiles(view).first().waitFor();
      if (view === 'wall') await page.locator('.tile button').first().click();
      else await page.goto(new URL('#review', page.url()).href);

      await expectNoFaultOfAxe(page);
    });
});
