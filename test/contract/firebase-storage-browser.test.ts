import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { describeInChromium } from '../support/chromium.js';
import { until } from '../support/until.js';
import { UploadGate } from '../support/upload-gate.js';
import { serveWebPage, type WebPage } from '../support/web-page.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const KIB = 1024;

/** Runs in the page: the calls of the tests, on Firebase's web SDK. */
const PAGE = `
import { initializeApp } from 'firebase/app';
import * as sdk from 'firebase/storage';

const storages = {};
const storageOf = (port, user) => (storages[JSON.stringify(user)] ??= connect(port, user));
function connect(port, user) {
  const app = initializeApp({ projectId: 'demo-hangtag', storageBucket: 'inbox' }, JSON.stringify(user));
  const storage = sdk.getStorage(app);
  sdk.connectStorageEmulator(storage, '127.0.0.1', port, { mockUserToken: user });
  return storage;
}
const image = (bytes) => new Blob([new Uint8Array(bytes).fill(7)], { type: 'image/jpeg' });
const metadata = { contentType: 'image/jpeg', customMetadata: { owner: 'ann' } };
const codeOf = (promise) => promise.then(() => 'ok', (error) => error.code);

window.uploadWhole = (port, user, name, bytes) =>
  codeOf(sdk.uploadBytes(sdk.ref(storageOf(port, user), name), image(bytes), metadata));
window.uploadRefused = (port, user, name, type, mebibytes) => {
  const part = new Blob([new Uint8Array(1024 ** 2)]);
  const storage = storageOf(port, user);
  storage.maxUploadRetryTime = 300;
  const file = new Blob(new Array(mebibytes).fill(part));
  const task = sdk.uploadBytesResumable(sdk.ref(storage, name), file, { ...metadata, contentType: type });
  return codeOf(task);
};
window.uploadStepwise = (port, user, name, bytes) => {
  const task = sdk.uploadBytesResumable(sdk.ref(storageOf(port, user), name), image(bytes), metadata);
  window.task = task;
  window.progress = [];
  task.on('state_changed', ({ bytesTransferred }) => window.progress.push(bytesTransferred));
  window.result = codeOf(task);
};
window.readAll = async (port, user, name) => {
  const file = sdk.ref(storageOf(port, user), name);
  const [{ size }, url, { items }, bytes, blob] = await Promise.all([
    sdk.getMetadata(file), sdk.getDownloadURL(file), sdk.listAll(file.parent), sdk.getBytes(file), sdk.getBlob(file),
  ]);
  const shown = await new Promise((resolve) => {
    const img = new Image();
    img.onload = () => resolve(img.naturalWidth);
    img.onerror = () => resolve('not shown');
    img.src = url;
  });
  return { size, url, names: items.map((item) => item.name), bytes: bytes.byteLength, blob: blob.size, shown };
};
window.removeAll = async (port, user, name) => {
  const file = sdk.ref(storageOf(port, user), name);
  const { cacheControl } = await sdk.updateMetadata(file, { cacheControl: 'no-store' });
  return [cacheControl, await codeOf(sdk.deleteObject(file)), await codeOf(sdk.getMetadata(file))];
};
window.ready = true;
`;

/** A 1x1 GIF. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

describeInChromium("Firebase's web SDK in a browser", (open) => {
  const gate = new UploadGate();
  const ann = { sub: 'ann', tenant: 'acme' };
  let breaksUploads = false;
  let browser: Browser;
  let page: Page;
  let web: WebPage;
  let fixture: BucketFixture;

  before(async function () {
    this.timeout(90_000);
    fixture = await startBucketFixture({
      hooks: {
        beforeRequest: async (request) => {
          await gate.pass(request);
          const isChunk = String(request.headers['x-goog-upload-command']).startsWith('upload');
          if (breaksUploads && isChunk) request.once('data', () => request.destroy());
          return false;
        },
      },
    });
    web = await serveWebPage(PAGE);
    browser = await open();
    page = await browser.newPage();
    await page.goto(web.url);
    await page.waitForFunction('window.ready');
  });
  afterEach(() => {
    gate.open();
    breaksUploads = false;
  });
  after(async () => {
    await browser.close();
    await web.close();
    await stopBucketFixture(fixture);
  });

  /** Calls a function of the page with the server's port and the arguments, and waits for its result. */
  const call = <T>(name: string, ...args: readonly unknown[]): Promise<T> =>
    page.evaluate(`window.${name}(...${JSON.stringify([fixture.server.port, ...args])})`);
  const exists = async (name: string) => (await fixture.bucket.file(name).exists())[0];
  const hasProgress = async () => Number(await page.evaluate('Math.max(0, ...window.progress)')) > 0;

  it('uploads, and is refused, as storage.rules say', async () => {
    const uploaded = await call<string>('uploadWhole', ann, 'tenants/acme/whole.jpg', 5_000);
    const refused = await call<string>('uploadWhole', ann, 'tenants/other/whole.jpg', 5_000);

    const [metadata] = await fixture.bucket.file('tenants/acme/whole.jpg').getMetadata();
    expect([uploaded, refused]).to.deep.equal(['ok', 'storage/unauthorized']);
    expect(metadata).to.deep.include({ size: '5000', contentType: 'image/jpeg' });
  });

  it('refuses a signed-out person, the folder of another tenant, 2 GB and text/html with the code of production', async () => {
    const codes = [
      await call('uploadRefused', undefined, 'tenants/acme/signed-out.jpg', 'image/jpeg', 1),
      await call('uploadRefused', ann, 'tenants/other/x.jpg', 'image/jpeg', 1),
      await call('uploadRefused', ann, 'tenants/acme/large.jpg', 'image/jpeg', 2048),
      await call('uploadRefused', ann, 'tenants/acme/page.html', 'text/html', 1),
    ];

    expect(codes).to.deep.equal(codes.map(() => 'storage/unauthorized'));
  });

  it('gives up an upload that is cut off half-way, and nothing is stored', async () => {
    breaksUploads = true;

    const code = await call('uploadRefused', ann, 'tenants/acme/cut.jpg', 'image/jpeg', 1);

    expect(code).to.equal('storage/retry-limit-exceeded');
    expect(await exists('tenants/acme/cut.jpg')).to.equal(false);
  });

  it('uploads in chunks with progress, and can pause and resume', async () => {
    gate.closeAfter(1);
    await call('uploadStepwise', ann, 'tenants/acme/resumed.jpg', 900 * KIB);
    await until('progress', hasProgress);

    await page.evaluate('window.task.pause()');
    await until('the pause', async () => (await page.evaluate('window.task.snapshot.state')) === 'paused');
    const existsWhilePaused = await exists('tenants/acme/resumed.jpg');
    gate.open();
    await page.evaluate('window.task.resume()');
    const result = await page.evaluate('window.result');

    const [metadata] = await fixture.bucket.file('tenants/acme/resumed.jpg').getMetadata();
    expect([existsWhilePaused, result, metadata.size]).to.deep.equal([false, 'ok', String(900 * KIB)]);
  });

  it('cancels an upload, and nothing is stored', async () => {
    gate.closeAfter(1);
    await call('uploadStepwise', ann, 'tenants/acme/cancelled.jpg', 900 * KIB);
    await until('progress', hasProgress);

    await page.evaluate('window.task.cancel()');

    expect(await page.evaluate('window.result')).to.equal('storage/canceled');
    expect(await exists('tenants/acme/cancelled.jpg')).to.equal(false);
  });

  it('reads metadata, a list and bytes, and shows the image of a download URL', async () => {
    const metadata = { contentType: 'image/gif', metadata: { owner: 'ann' } };
    await fixture.bucket.file('tenants/acme/seen/pixel.gif').save(PIXEL, { resumable: false, metadata });

    const read = await call<Record<string, unknown>>('readAll', ann, 'tenants/acme/seen/pixel.gif');

    expect(read).to.deep.include({
      size: PIXEL.length,
      names: ['pixel.gif'],
      bytes: PIXEL.length,
      blob: PIXEL.length,
      shown: 1,
    });
  });

  it('changes metadata and deletes as an administrator', async () => {
    await fixture.bucket.file('old.jpg').save('x', { resumable: false });

    const results = await call<string[]>('removeAll', 'owner', 'old.jpg');

    expect(results).to.deep.equal(['no-store', 'ok', 'storage/object-not-found']);
  });
});
