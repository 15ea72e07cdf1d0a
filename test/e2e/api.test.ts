/** The API of `npm start`, on Google's emulators, with its typed client: in Node and on a page of another origin. */
import { HangtagClient, type Image, type ImagePage } from '@hangtag/client';
import { expect } from 'chai';
import { parse } from 'csv-parse/sync';
import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import { connectFirestoreEmulator, getFirestore, terminate } from 'firebase/firestore';
import type { Browser } from 'playwright-core';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { flat } from '../fixtures/pictures.js';
import { openOrSkip } from '../support/chromium.js';
import { describeWithEmulators } from '../support/google-emulators.js';
import { type RunningStack, startStackProcess } from '../support/running-stack.js';
import { until } from '../support/until.js';
import { serveWebPage, type WebPage } from '../support/web-page.js';

const LIMIT_MS = 60_000;
const DAY_MS = 86_400_000;
const PAGE_SCRIPT = `import { HangtagClient } from '@hangtag/client'; globalThis.HangtagClient = HangtagClient;`;

interface Key {
  readonly id: string;
  readonly key: string;
}

interface Sweep {
  readonly progress: Readonly<Record<string, number>>;
}

await describeWithEmulators('The API of npm start', () => {
  let page: WebPage;
  let stack: RunningStack;
  let url: string;
  let credentials: string;
  let client: HangtagClient;
  let red: Buffer;

  before(async function () {
    this.timeout(240_000);
    page = await serveWebPage(PAGE_SCRIPT);
    red = await flat('#d03020', { width: 64, height: 64 }).jpeg().toBuffer();
    stack = await startStackProcess(['--count', '0', '--enforce-indexes'], {
      HANGTAG_MODEL_DIR: COLOURS_MODEL,
      HANGTAG_API_ORIGINS: new URL(page.url).origin,
    });
    url = await stack.address('API');
    const scopes = ['predict', 'upload', 'read', 'review', 'admin'];
    ({ key: credentials } = await read<Key>('POST /v1/keys', { name: 'till', scopes }));
    client = new HangtagClient({ url, credentials });
  });
  after(async () => {
    await page?.close();
    await stack?.interrupt();
  });

  /** Without credentials, a caller of the local stack is an administrator. */
  function ask(request: string, body?: object, key?: string): Promise<Response> {
    const [method = '', path = ''] = request.split(' ');
    const headers = {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    };
    return fetch(`${url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async function read<T>(...request: Parameters<typeof ask>): Promise<T> {
    return (await ask(...request)).json() as Promise<T>;
  }

  const picture = () => new Blob([new Uint8Array(red)], { type: 'image/jpeg' });

  /** Uploads pictures, and waits for their labels. */
  async function uploadAll(names: readonly string[]): Promise<readonly Image[]> {
    const uploaded = await Promise.all(names.map((name) => client.upload(picture(), { name })));
    return Promise.all(uploaded.map(({ id }) => imageWhere(id, ({ status }) => status === 'done')));
  }

  function imageWhere(id: string, is: (image: Image) => boolean): Promise<Image> {
    const read = async () => {
      const image = await client.get(id).catch(() => undefined);
      return image !== undefined && is(image) && image;
    };
    return until(`the awaited image ${id}`, read, LIMIT_MS);
  }

  async function listed(): Promise<readonly Image[]> {
    const images: Image[] = [];
    for await (const image of client.list({ text: 'listed/' })) images.push(image);
    return images;
  }

  it('labels a picture that is not stored', async () => {
    const { category, all_probabilities } = await client.predict(picture());

    expect(category).to.equal('red');
    expect(all_probabilities).to.have.all.keys('red', 'green', 'blue');
  }).timeout(LIMIT_MS);

  it('takes an upload, whose record a listener of the client receives', async () => {
    const { app, firestore } = connect(stack);
    const seen: string[] = [];
    const progress: number[] = [];
    try {
      const stop = await client.watch((id, { category }) => seen.push(`${id} ${category}`), {
        firestore,
        tenant: 'default',
      });
      const { id } = await client.upload(picture(), {
        name: 'watched.jpg',
        owner: 'ada',
        onProgress: (sentBytes) => progress.push(sentBytes),
      });

      await until('the label', () => seen.includes(`${id} red`), LIMIT_MS);

      stop();
      expect(progress).to.deep.equal([red.length]);
      expect(await client.get(id)).to.include({ name: 'tenants/default/watched.jpg', owner: 'ada' });
    } finally {
      await terminate(firestore);
      await deleteApp(app);
    }
  }).timeout(LIMIT_MS);

  it('shows an image with its picture, and takes a correction, a confirmation and a deletion', async () => {
    const [image] = await uploadAll(['judged.jpg']);
    const { id } = image ?? expect.fail('Expected an image');

    const shown = await client.get(id);
    const sent = Buffer.from(await (await fetch(shown.picture?.url ?? '')).arrayBuffer());
    const corrected = await client.correct(shown, 'blue');
    const confirmed = await client.confirm(shown);
    const again = await ask(`POST /v1/images/${id}/reclassify`, {}, credentials);
    const relabelled = await imageWhere(
      id,
      ({ status, updatedAt }) => status === 'done' && updatedAt > confirmed.updatedAt,
    );
    const deleted = await ask(`DELETE /v1/images/${id}`, undefined, credentials);
    const gone = await client.get(id).catch((error: unknown) => error);

    expect(sent.equals(red)).to.equal(true);
    expect(corrected.correction?.category).to.equal('blue');
    expect(confirmed.correction?.category, 'after the correction').to.equal('blue');
    expect([again.status, deleted.status]).to.deep.equal([202, 204]);
    expect(relabelled.correction?.category).to.equal('blue');
    expect(gone).to.include({ status: 404, code: 'not-found' });
  }).timeout(LIMIT_MS);

  it('lists images page after page, while others arrive', async () => {
    await uploadAll(['listed/1.jpg', 'listed/2.jpg', 'listed/3.jpg']);
    const first = await read<ImagePage>('GET /v1/images?limit=2');
    await uploadAll(['listed/4.jpg']);
    const second = await read<ImagePage>(`GET /v1/images?limit=500&cursor=${first.cursor}`);

    const names = [...first.images, ...second.images].map(({ name }) => name);
    expect(names.filter((name) => name.includes('listed/')).sort()).to.deep.equal(
      [1, 2, 3].map((number) => `tenants/default/listed/${number}.jpg`),
    );
    expect(new Set(names)).to.have.length(names.length);
    expect(await listed()).to.have.length(4);
  }).timeout(LIMIT_MS);

  it('exports images as NDJSON and CSV, and shows the report of a day as JSON, CSV and HTML', async () => {
    await uploadAll(['exported.jpg']);
    const day = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
    const functions = await stack.address('functions');
    const headers = { 'content-type': 'application/json' };
    await fetch(`${functions}/reportNow`, { method: 'POST', headers, body: JSON.stringify({ day }) });

    const textOf = async (path: string) => (await ask(`GET ${path}`, undefined, credentials)).text();
    const lines = (await textOf('/v1/export')).trimEnd().split('\n');
    const rows: Record<string, string>[] = parse(await textOf('/v1/export?format=csv'), { columns: true });
    const report = JSON.parse(await textOf(`/v1/reports/${day}`));
    const [header]: string[][] = parse(await textOf(`/v1/reports/${day}?format=csv`));

    expect(lines.map((line) => JSON.parse(line).name)).to.include('tenants/default/exported.jpg');
    expect(rows.map(({ name }) => name)).to.include('tenants/default/exported.jpg');
    expect(report).to.include({ day });
    expect(header).to.include.members(['filename', 'category', 'status']);
    expect(await textOf(`/v1/reports/${day}?format=html`)).to.match(/^<!doctype html>/i);
  }).timeout(LIMIT_MS);

  it('sweeps the bucket, and shows the progress', async () => {
    const done = await ask('POST /v1/sweeps', { dryRun: true }, credentials);
    const shown = await read<Sweep>('GET /v1/sweeps/current', undefined, credentials);
    const paused = await ask('POST /v1/sweeps/current/pause', {}, credentials);

    expect(done.status).to.equal(200);
    expect(shown).to.include({ status: 'done', mode: 'dry-run' });
    expect(shown.progress).to.include({ missing: 0, outdated: 0, gone: 0 });
    expect(paused.status, 'a sweep that is done').to.equal(409);
  }).timeout(LIMIT_MS);

  it('makes, rotates and revokes keys', async () => {
    const made = await read<Key>('POST /v1/keys', { name: 'b', scopes: ['read'] }, credentials);
    const me = await read<object>('GET /v1/keys/me', undefined, made.key);
    const next = await read<Key>(`POST /v1/keys/${made.id}/rotate`, {}, credentials);
    const foreign = await ask('GET /v1/keys', undefined, next.key);
    const last = await read<Key>(`POST /v1/keys/${next.id}/rotate`, {}, credentials);
    const revoked = await ask(`DELETE /v1/keys/${last.id}`, undefined, credentials);
    const refused = await ask('GET /v1/keys/me', undefined, last.key);

    expect(me).to.deep.include({ tenant: 'default', scopes: ['read'] });
    expect([foreign.status, revoked.status, refused.status]).to.deep.equal([403, 200, 401]);
  }).timeout(LIMIT_MS);

  it('serves a page of another origin, which uploads to the bucket itself', async function () {
    const browser: Browser = await openOrSkip(this);
    try {
      const tab = await browser.newPage();
      await tab.goto(page.url);
      const input = { url, credentials, base64: red.toString('base64') };

      const { id, ...answer } = await tab.evaluate(predictAndUpload, input);
      await imageWhere(id, ({ category }) => category === 'red');
      const names = await tab.evaluate(listNames, input);

      expect(answer).to.deep.equal({ predicted: 'red', sent: [red.length] });
      expect(names).to.deep.equal(['tenants/default/page/1.jpg']);
    } finally {
      await browser.close();
    }
  }).timeout(LIMIT_MS);
});

function connect(stack: RunningStack): { app: FirebaseApp; firestore: ReturnType<typeof getFirestore> } {
  const app = initializeApp({ projectId: stack.env['GCLOUD_PROJECT'] ?? '' }, 'client');
  const firestore = getFirestore(app);
  const [host = '', port] = (stack.env['FIRESTORE_EMULATOR_HOST'] ?? '').split(':');
  connectFirestoreEmulator(firestore, host, Number(port), {
    mockUserToken: { sub: 'desk-1', tenant: 'default', role: 'reviewer' },
  });
  return { app, firestore };
}

interface PageInput {
  readonly url: string;
  readonly credentials: string;
  readonly base64: string;
}

type PageGlobal = typeof globalThis & { readonly HangtagClient: typeof HangtagClient };

/** Runs on the page. */
async function predictAndUpload({ url, credentials, base64 }: PageInput) {
  const { HangtagClient: Client } = globalThis as PageGlobal;
  const client = new Client({ url, credentials });
  const image = await (await fetch(`data:image/jpeg;base64,${base64}`)).blob();
  const sent: number[] = [];
  const onProgress = (sentBytes: number) => sent.push(sentBytes);
  const { category } = await client.predict(image);
  const { id } = await client.upload(image, { name: 'page/1.jpg', owner: 'ada', onProgress });
  return { id, predicted: category, sent };
}

/** Runs on the page. */
async function listNames({ url, credentials }: PageInput): Promise<readonly string[]> {
  const { HangtagClient: Client } = globalThis as PageGlobal;
  const names: string[] = [];
  for await (const { name } of new Client({ url, credentials }).list({ text: 'page/' })) names.push(name);
  return names;
}
