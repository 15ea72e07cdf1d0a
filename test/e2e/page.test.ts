/** The page of `npm start` in a real browser: wall, uploads, review by one person and by two. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { flat } from '../fixtures/pictures.js';
import { aNewRecord, keyOf } from '../fixtures/records.js';
import { AuthPeer } from '../support/auth-peer.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { describePage, expectNoFaultOfAxe, type PageStack } from '../support/page-stack.js';
import { until } from '../support/until.js';
import { defineClaims } from './page-claims.js';

describePage("the page of npm start, on Google's emulators", (page) => {
  describe('its review by two', () => defineClaims(page));
  describe('its wall and its review', () => defineWallAndReview(page));
});

/** Wall, uploads, review, and what the rules refuse. */
function defineWallAndReview({ stack, firestore, open }: PageStack): void {
  let page: Page;

  beforeEach(async function () {
    this.timeout(60_000);
    page = await open();
    await page
      .getByRole('option', { name: 'reviewer (default)', exact: true })
      .waitFor({ state: 'attached' });
  });

  async function pictures(count: number, prefix: string): Promise<readonly string[]> {
    const folder = join(stack().folder, prefix);
    await mkdir(folder);
    const paths: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const path = join(folder, `${prefix}-${index}.jpg`);
      await writeFile(
        path,
        await flat(`rgb(${200 + (index % 50)}, 40, 30)`, { width: 64, height: 64 })
          .jpeg()
          .toBuffer(),
      );
      paths.push(path);
    }
    return paths;
  }

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
    await page.setInputFiles('input[type=file]', [...(await pictures(3, 'mine'))]);

    await page.locator('.tile:has([title*="mine-"]) .label', { hasText: 'red' }).nth(2).waitFor();

    expect(await tiles('mine').count()).to.equal(3);
    expect(await page.locator('.uploads').innerText()).to.include('3 of 3 uploaded');
    expect(problems).to.deep.equal([]);
  });

  it('shows thumbnails, and the original of an image whose thumbnail is lost', async function () {
    this.timeout(180_000);
    await page.setInputFiles('input[type=file]', [...(await pictures(1, 'small'))]);
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

    await page.setInputFiles('input[type=file]', [...(await pictures(1, 'late'))]);

    const picture = page.locator('.tile:has([title*="late-0"]) img[src*=thumbnails]');
    await until('the thumbnail', async () => requests > 1 && (await picture.count()) === 1, 60_000);
  });

  it('names a file that the rules refuse and one without bytes, and uploads the others', async function () {
    this.timeout(60_000);
    const [text, empty] = ['notes.txt', 'empty.jpg'].map((name) => join(stack().folder, name));
    await writeFile(text ?? '', 'no picture');
    await writeFile(empty ?? '', '');

    await page.setInputFiles('input[type=file]', [text ?? '', empty ?? '', ...(await pictures(1, 'beside'))]);
    await page.locator('.failure').nth(1).waitFor();
    await tiles('beside').first().waitFor();

    expect((await page.locator('.failure').allInnerTexts()).toSorted()).to.deep.equal([
      'empty.jpg: not uploaded (the file is empty)',
      'notes.txt: not uploaded (only pictures of up to 32 MB are accepted)',
    ]);
  });

  it('shows a record whose fields are of other types, and the others', async function () {
    this.timeout(60_000);
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const images = firestore().collection('tenants/default/images');
    const uploadedAt = new Date();
    const odd = {
      name: 7,
      generation: null,
      status: ['done'],
      reason: {},
      category: { a: 1 },
      labels: 'none',
      model: 'm',
    };
    await images
      .doc('odd')
      .set({ ...odd, confidence: 'high', timings: [], palette: 3, opinion: [], uploadedAt });
    await images.doc('bare').set({ uploadedAt });
    await images
      .doc('beside-odd')
      .set({ name: 'beside-odd.jpg', status: 'done', category: 'unheard-of', uploadedAt });

    await page.locator('[title="odd"]').click();
    await page.getByRole('dialog').locator('dd', { hasText: 'unknown' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('[title="bare"]').waitFor();
    await page.locator('[title="beside-odd.jpg"]', { hasText: 'unheard-of' }).waitFor();

    expect(problems).to.deep.equal([]);
    for (const id of ['odd', 'bare', 'beside-odd']) await images.doc(id).delete();
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
    await page.getByText('red: saved').waitFor();

    const [unsure, sure] = [await images.doc('unsure').get(), await images.doc('sure').get()];
    expect(unsure.get('correction')).to.include({ by: 'reviewer', generation: '1' });
    expect(unsure.get('correction').category).not.to.equal('red');
    expect(sure.get('correction.category')).to.equal('red');
    expect([unsure.get('status'), sure.get('status')]).to.deep.equal(['done', 'done']);
  });

  it('shows in the review, by a key, which parts of the picture speak for its label', async function () {
    this.timeout(60_000);
    const images = firestore().collection('tenants/default/images');
    await page.setInputFiles('input[type=file]', [...(await pictures(1, 'warm'))]);
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
    await warm?.ref.delete();
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
    for (const { ref } of (await alike.get()).docs) await ref.delete();
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
    for (const name of Object.keys(degrees))
      await firestore()
        .doc(`tenants/default/images/${keyOf(name).imageId}`)
        .delete();
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
    for (const name of Object.keys(degrees))
      await firestore()
        .doc(`tenants/default/images/${keyOf(name).imageId}`)
        .delete();
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
    const list = firestore().doc('tenants/default/queues/suspects');
    await list.set({ images: [suspect, gone, 'no image'] });

    await page.goto(new URL('#review', page.url()).href);
    await page.getByRole('link', { name: 'Likely wrong labels: 1' }).click();
    await page.locator('figcaption', { hasText: 'Labelled red, which is likely wrong.' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('Nothing to review.').waitFor();
    await page.getByRole('link', { name: 'What waits for review' }).click();

    await until('the correction', async () => (await image.get()).get('correction.category') === 'green');
    for (const document of [image, list]) await document.delete();
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
    const asked = Array.from({ length: 6 }, (_, index) => `asked-${index}`);
    for (const id of asked)
      await image(id).set({ ...record, name: id, status: 'review', reason: 'low-confidence' });
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
    for (const each of [settings, answer?.ref, ...[...asked, 'control'].map(image)]) await each?.delete();
  });

  it('connects anew if Firestore does not answer', async function () {
    this.timeout(60_000);
    const [host = '', port] = stack().env['FIRESTORE_EMULATOR_HOST']?.split(':') ?? [];
    const proxy = await startFaultProxy({ target: { host, port: Number(port) } });
    try {
      proxy.set({ kind: 'blackhole' });
      const settings = { firestoreEmulator: `127.0.0.1:${proxy.port}`, reconnectSeconds: 1 };
      const other = await open({ settings, bypassCSP: true, hash: '#review' });
      await until('a connection', () => proxy.connections > 0);
      expect(await other.locator('.notice').innerText()).to.equal('Connecting …');

      proxy.heal();

      await other.locator('.dot.live').waitFor({ timeout: 15_000 });
      await other.getByText('Nothing to review.').waitFor();
    } finally {
      await proxy.stop();
    }
  });

  it('says that Firestore is away, keeps what is answered meanwhile, and goes on', async function () {
    this.timeout(240_000);
    const [host = '', port] = stack().env['FIRESTORE_EMULATOR_HOST']?.split(':') ?? [];
    const proxy = await startFaultProxy({ target: { host, port: Number(port) } });
    const image = firestore().doc('tenants/default/images/absent');
    await image.set({
      ...{ name: 'absent.jpg', generation: '1', status: 'review', category: 'red', confidence: 0.3 },
      ...{ labels: [{ label: 'red', score: 0.3 }], uploadedAt: new Date() },
    });
    try {
      const settings = { firestoreEmulator: `127.0.0.1:${proxy.port}`, reconnectSeconds: 1 };
      const other = await open({ settings, bypassCSP: true, hash: '#review' });
      await other.locator('figcaption', { hasText: 'absent.jpg' }).waitFor();
      await other.locator('.dot.live').waitFor();

      proxy.set({ kind: 'refuse' });
      // Firebase's SDK tries several times before it says that there is no connection.
      await other.getByText('No connection: showing what is known').waitFor({ timeout: 90_000 });
      await other.keyboard.press('Enter');
      await other.getByText('red: saved').waitFor();
      await other.getByRole('link', { name: 'Wall' }).click();
      await other.locator('[title="absent.jpg"]').waitFor();
      expect((await image.get()).get('status')).to.equal('review');
      proxy.heal();

      await other.locator('.dot.live').waitFor({ timeout: 60_000 });
      await until(
        'the correction',
        async () => (await image.get()).get('correction.category') === 'red',
        30_000,
      );
    } finally {
      await proxy.stop();
      await image.delete();
    }
  });

  it('tries again on request after the rules have refused the images', async function () {
    this.timeout(60_000);
    const tenant = firestore().doc('tenants/acme');
    const image = tenant.collection('images').doc('private');
    await tenant.set({ features: ['wardrobe'] });
    await image.set({ name: 'private.jpg', owner: 'somebody', status: 'done', uploadedAt: new Date() });
    const other = await open({ user: 'acme-reviewer', hash: '#wall?owner=somebody' });
    await other.getByText('You may not read these images.').waitFor();

    await other.getByRole('button', { name: 'Try again' }).click();
    await other.getByText('You may not read these images.').waitFor();
    await tenant.delete();
    await other.getByRole('button', { name: 'Try again' }).click();

    await other.locator('[title="private.jpg"]').waitFor();
    await image.delete();
  });

  describe('with people who sign in', () => {
    let auth: AuthPeer;
    let address: string;
    beforeEach(async () => {
      auth = new AuthPeer({ tenant: 'default', role: 'reviewer' });
      address = await auth.listen();
    });
    afterEach(() => auth.close());

    async function signIn(): Promise<Page> {
      const served = await fetch(new URL('hangtag.json', page.url()));
      const { users: _, ...settings } = (await served.json()) as Record<string, unknown>;
      const other = await open({ bypassCSP: true });
      const app = { projectId: settings['projectId'], apiKey: 'local', storageBucket: settings['bucket'] };
      await other
        .context()
        .route('**/hangtag.json', (route) => route.fulfill({ json: { ...settings, authEmulator: address } }));
      await other.context().route('**/init.json', (route) => route.fulfill({ json: app }));
      await other.goto(new URL('?mode=signIn&oobCode=1&apiKey=local', page.url()).href);
      await other.getByLabel('E-mail').fill('jane@example.com');
      await other.getByRole('button', { name: 'Sign in by the link' }).click();
      await other.locator('.dot.live').waitFor();
      return other;
    }

    it('says that a sign-in has ended, and goes on after the next', async function () {
      this.timeout(60_000);
      const other = await signIn();

      auth.revoked = 'account';
      await other.getByText('Your sign-in has ended.').waitFor();
      auth.revoked = 'nothing';
      await other.goto(new URL('?mode=signIn&oobCode=2&apiKey=local', page.url()).href);
      await other.getByLabel('E-mail').fill('jane@example.com');
      await other.getByRole('button', { name: 'Sign in by the link' }).click();

      await other.locator('.dot.live').waitFor();
    });

    it('shows nothing to a person whose tokens were revoked while the page was closed', async function () {
      this.timeout(60_000);
      const other = await signIn();
      const next = await other.context().newPage();
      await other.close();

      auth.revoked = 'tokens';
      await next.goto(page.url());

      await next.getByLabel('E-mail').waitFor();
    });
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

  for (const view of ['wall', 'review'])
    it(`has no fault that axe finds, light or dark: ${view}`, async function () {
      this.timeout(60_000);
      await page.setInputFiles('input[type=file]', [...(await pictures(1, view))]);
      await tiles(view).first().waitFor();
      if (view === 'wall') await page.locator('.tile button').first().click();
      else await page.goto(new URL('#review', page.url()).href);

      await expectNoFaultOfAxe(page);
    });

  it('uploads the files of a folder that is dropped, and names one without bytes', async function () {
    this.timeout(120_000);
    const [first = ''] = await pictures(30, 'drop');
    await writeFile(join(dirname(first), 'drop-empty.jpg'), '');
    const devtools = await page.context().newCDPSession(page);
    const data = { items: [], files: [dirname(first)], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await devtools.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });

    await page.getByText('30 of 31 uploaded').waitFor({ timeout: 60_000 });

    expect(await page.locator('.failure').allInnerTexts()).to.deep.equal([
      'drop-empty.jpg: not uploaded (the file is empty)',
    ]);
  });
}
