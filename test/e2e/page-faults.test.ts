/** The page of `npm start` in a real browser, with bad input and without its peers. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { AuthPeer } from '../support/auth-peer.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { describePage, drop, openWall } from '../support/page-stack.js';
import { until } from '../support/until.js';
import { writePictures } from '../support/write-pictures.js';

describePage('the page, if something is wrong', ({ stack, firestore, open }) => {
  let page: Page;

  beforeEach(async function () {
    this.timeout(60_000);
    page = await openWall(open);
  });

  const pictures = (count: number, prefix: string) =>
    writePictures(join(stack().folder, prefix), count, prefix);
  const tiles = (prefix: string) => page.locator(`.tile [title*="${prefix}-"]`);

  // The first one: the pages of the others make Firestore's emulator slow.
  it('uploads the files of a folder that is dropped with their paths, and names one without bytes', async function () {
    this.timeout(300_000);
    const folder = join(stack().folder, 'returns');
    await mkdir(folder);
    for (const inner of ['shoes', 'shirts']) {
      await writePictures(join(folder, inner), 15, 'drop');
      await writeFile(join(folder, inner, '.DS_Store'), 'not a picture');
    }
    await writeFile(join(folder, 'shoes', 'drop-empty.jpg'), '');
    await drop(page, folder);

    await page.locator('.uploads', { hasText: '30 of 31 uploaded' }).waitFor({ timeout: 120_000 });

    expect(await page.locator('.failure').allInnerTexts()).to.deep.equal([
      'returns/shoes/drop-empty.jpg was not uploaded. The file is empty.',
    ]);
    const images = firestore().collection('tenants/default/images');
    const { docs } = await until(
      'a label of each',
      async () => {
        const labelled = await images.where('status', '==', 'done').get();
        return labelled.size >= 30 && labelled;
      },
      120_000,
    );
    const names: readonly string[] = docs.map((each) => each.get('name'));
    const place = names[0]?.split('/returns/')[0];
    expect(names).to.have.members(
      ['shoes', 'shirts'].flatMap((inner) =>
        Array.from({ length: 15 }, (_, index) => `${place}/returns/${inner}/drop-${index}.jpg`),
      ),
    );
    await tiles('drop').nth(11).waitFor();
  });

  it('uploads the files of a folder that is chosen with their paths', async function () {
    this.timeout(60_000);
    const folder = join(stack().folder, 'exchanges');
    await mkdir(folder);
    await writePictures(join(folder, 'hats'), 1, 'chosen');

    await page.getByLabel('Choose a folder').setInputFiles(folder);

    await page.locator('[title$="/exchanges/hats/chosen-0.jpg"]').waitFor();
  });

  it('names a file that the rules refuse and one without bytes, and uploads the others', async function () {
    this.timeout(60_000);
    const [text, empty] = ['notes.txt', 'empty.jpg'].map((name) => join(stack().folder, name));
    await writeFile(text ?? '', 'no picture');
    await writeFile(empty ?? '', '');

    await page
      .getByLabel('Choose pictures')
      .setInputFiles([text ?? '', empty ?? '', ...(await pictures(1, 'beside'))]);
    await page.locator('.failure').nth(1).waitFor();
    await tiles('beside').first().waitFor();

    expect((await page.locator('.failure').allInnerTexts()).toSorted()).to.deep.equal([
      'empty.jpg was not uploaded. The file is empty.',
      'notes.txt was not uploaded. Only pictures of up to 32 MB are accepted.',
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

  it('sends an answer on a new connection if the former one gets nothing through any more', async function () {
    this.timeout(120_000);
    const image = firestore().doc('tenants/default/images/stuck');
    await image.set({
      ...{ name: 'stuck.jpg', generation: '1', status: 'review', category: 'red', confidence: 0.3 },
      ...{ labels: [{ label: 'red', score: 0.3 }], uploadedAt: new Date() },
    });
    const other = await open({ settings: { reconnectSeconds: 1 }, hash: '#review' });
    // The claim on it was written, so there is a connection for writes.
    await other.locator('figcaption', { hasText: 'stuck.jpg' }).waitFor();
    let stuck: string | undefined;
    await other.route(/Write\/channel/, async (route) => {
      const connection = new URL(route.request().url()).searchParams.get('SID');
      stuck ??= connection ?? undefined;
      // A request on this one is never sent.
      if (connection === null || connection !== stuck) await route.continue();
    });

    await other.clock.install();

    await other.keyboard.press('Enter');

    // Firebase's SDK and the page wait for some seconds before they try anew.
    await until('the answer', async () => {
      await other.clock.runFor(100);
      return other.getByText('red: saved').isVisible();
    });
    expect(stuck).to.be.a('string');
    expect((await image.get()).get('correction.category')).to.equal('red');
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
      await other.clock.install();

      proxy.set({ kind: 'refuse' });
      // Firebase's SDK tries several times, for almost a minute, before it says that there is no connection.
      await until('the notice', async () => {
        await other.clock.runFor(1_000);
        return other.getByText('No connection: showing what is known').isVisible();
      });
      await other.clock.resume();
      await other.keyboard.press('Enter');
      await other.getByText('red: saving').waitFor();
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
    }
  });

  it('tries again on request after the rules have refused the images', async function () {
    this.timeout(60_000);
    const tenant = firestore().doc('tenants/acme');
    await tenant.set({ features: ['wardrobe'] });
    await tenant
      .collection('images')
      .add({ name: 'private.jpg', owner: 'somebody', status: 'done', uploadedAt: new Date() });
    const other = await open({ user: 'acme-reviewer', hash: '#wall?owner=somebody' });
    await other.getByText('You may not read these images.').waitFor();

    await other.getByRole('button', { name: 'Try again' }).click();
    await other.getByText('You may not read these images.').waitFor();
    await tenant.delete();
    await other.getByRole('button', { name: 'Try again' }).click();

    await other.locator('[title="private.jpg"]').waitFor();
  });

  it('says that its code could not be loaded, and loads it on request', async function () {
    this.timeout(60_000);
    const other = await open({ settings: { hasWardrobe: true } });
    const context = other.context();
    await context.route('**/assets/{backend,wardrobe}-*.js', (route) => route.abort());
    await other.reload();
    await other.getByText('The images could not be loaded.').waitFor();
    await other.getByRole('link', { name: 'My wardrobe' }).click();
    await other.getByText('This screen cannot be shown.').waitFor();
    await context.unroute('**/assets/{backend,wardrobe}-*.js');
    await other.getByRole('link', { name: 'Wall' }).click();

    await other.getByRole('button', { name: 'Try again' }).click();

    await other.locator('.dot.live').waitFor();
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
});
