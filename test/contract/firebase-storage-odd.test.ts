/** Firebase's API of the bucket server with odd names, and with requests that no SDK sends. */
import { expect } from 'chai';
import { getBytes, getDownloadURL, getMetadata, listAll, ref, uploadBytes } from 'firebase/storage';
import { type StorageApps, storageApps, tokenOf } from '../support/firebase-storage.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const ANN = { sub: 'ann', tenant: 'acme' };
const ADMIN = { authorization: 'Bearer owner' };
const JPEG = { contentType: 'image/jpeg', customMetadata: { owner: 'ann' } };

describe("odd requests to Firebase's API", () => {
  let fixture: BucketFixture;
  let apps: StorageApps;
  let names = 0;

  before(async () => {
    fixture = await startBucketFixture({ projectId: 'demo-hangtag' });
    apps = storageApps(fixture.server.port, 'inbox');
  });
  after(async () => {
    await apps.close();
    await stopBucketFixture(fixture);
  });

  const newName = () => `tenants/acme/odd-${names++}.jpg`;
  const post = (query: string, headers: Record<string, string>, body = '') =>
    fetch(`${fixture.server.url}/v0/b/inbox/o${query}`, { method: 'POST', headers, body });
  const list = (query: string) => fetch(`${fixture.server.url}/v0/b/inbox/o?${query}`, { headers: ADMIN });

  const ODD_NAMES = [
    'ü ñ 日本 😀.jpg',
    'literal %2F and %25.jpg',
    'what?is#this&that=+.jpg',
    'brackets[*]{}.jpg',
    'quote"\'\\.jpg',
    '..',
    '%2e%2e',
  ];
  for (const [index, odd] of ODD_NAMES.entries()) {
    it(`keeps the name ${odd}`, async () => {
      const target = ref(apps.as(ANN), `tenants/acme/names-${index}/${odd}`);

      await uploadBytes(target, new Uint8Array(3), JPEG);

      const { fullPath } = await getMetadata(target);
      const { items } = await listAll(ref(target.storage, `tenants/acme/names-${index}`));
      const download = await fetch(await getDownloadURL(target));
      expect(fullPath).to.equal(`tenants/acme/names-${index}/${odd}`);
      expect(items.map(({ name }) => name)).to.deep.equal([odd]);
      expect((await download.arrayBuffer()).byteLength).to.equal(3);
      expect((await getBytes(target)).byteLength).to.equal(3);
    });
  }

  it('lists no name that ends with a slash or has two in a row, as production', async () => {
    for (const name of ['tenants/acme/listed/a.jpg', 'tenants/acme/listed//b.jpg', 'tenants/acme/listed/c/'])
      await fixture.bucket.file(name).save('x', { resumable: false });

    const folder = await list('prefix=tenants/acme/listed/&delimiter=/');
    const all = await list('prefix=tenants/acme/listed/');

    expect(await jsonOf(folder)).to.deep.include({
      prefixes: ['tenants/acme/listed/c/'],
      items: [{ name: 'tenants/acme/listed/a.jpg', bucket: 'inbox' }],
    });
    expect((await jsonOf(all))['items']).to.deep.equal([
      { name: 'tenants/acme/listed/a.jpg', bucket: 'inbox' },
    ]);
  });

  it('refuses a list by a prefix without a final slash, a wrong size or a wrong page token', async () => {
    const queries = ['prefix=tenants/acme', 'maxResults=-1', 'maxResults=x', 'pageToken=x'];

    const statuses = await Promise.all(queries.map(async (query) => (await list(query)).status));

    expect(statuses).to.deep.equal(queries.map(() => 400));
  });

  it('adds and revokes download tokens for an administrator, and keeps the object', async () => {
    const target = ref(apps.as(ANN), newName());
    await uploadBytes(target, new Uint8Array(3), JPEG);
    const first = await getDownloadURL(target);
    const token = new URL(first).searchParams.get('token');
    const path = `/${encodeURIComponent(target.fullPath)}`;

    const byUser = await post(`${path}?create_token=true`, { authorization: `Firebase ${tokenOf(ANN)}` });
    const created = await jsonOf(await post(`${path}?create_token=true`, ADMIN));
    const second = String(created['downloadTokens']).split(',')[1];
    const both = await Promise.all([sizeAt(first), sizeAt(`${first.split('token=')[0]}token=${second}`)]);
    const revoked = await jsonOf(await post(`${path}?delete_token=${token}`, ADMIN));
    const malformed = await post(`${path}?create_token=yes`, ADMIN);

    expect(byUser.status).to.equal(403);
    expect(both).to.deep.equal([3, 3]);
    expect(await sizeAt(first)).to.equal('403');
    expect(malformed.status).to.equal(400);
    expect(revoked).to.include({ downloadTokens: second, size: '3', generation: created['generation'] });
  });

  it('replaces the last download token that is revoked', async () => {
    const target = ref(apps.as(ANN), newName());
    await uploadBytes(target, new Uint8Array(3), JPEG);
    const token = new URL(await getDownloadURL(target)).searchParams.get('token') ?? '';

    const query = `/${encodeURIComponent(target.fullPath)}?delete_token=${token}`;
    const { downloadTokens } = await jsonOf(await post(query, ADMIN));

    expect(downloadTokens)
      .to.match(/^[\da-f-]{36}$/)
      .and.to.not.equal(token);
  });

  describe('commands of a resumable upload', () => {
    const send = async (query: string, command: string, headers: Record<string, string> = {}, body = '') => {
      const response = await post(query, { ...ADMIN, 'x-goog-upload-command': command, ...headers }, body);
      const received = response.headers.get('x-goog-upload-size-received');
      return [response.status, response.headers.get('x-goog-upload-status'), received].filter(Boolean);
    };
    async function startedQuery(): Promise<string> {
      const response = await post(`?name=${newName()}`, { ...ADMIN, 'x-goog-upload-command': 'start' });
      return new URL(response.headers.get('x-goog-upload-url') ?? '').search;
    }

    it('are accepted again after a lost answer', async () => {
      const query = await startedQuery();

      const answers = [
        await send(query, 'upload', { 'x-goog-upload-offset': '0' }, 'hello'),
        await send(query, 'upload', { 'x-goog-upload-offset': '0' }, 'hello'),
        await send(query, 'query'),
        await send(query, 'upload, finalize', { 'x-goog-upload-offset': '5' }, '!'),
        await send(query, 'upload, finalize', { 'x-goog-upload-offset': '5' }, '!'),
        await send(query, 'query'),
      ];

      expect(answers).to.deep.equal([
        [200, 'active', '5'],
        [200, 'active', '5'],
        [200, 'active', '5'],
        [200, 'final', '6'],
        [200, 'final', '6'],
        [200, 'final', '6'],
      ]);
    });

    it('are refused with a gap, a wrong number, after a cancel, and for another upload', async () => {
      const query = await startedQuery();

      const answers = [
        await send(query, 'upload', { 'x-goog-upload-offset': '9' }, 'x'),
        await send(query, 'upload', { 'x-goog-upload-offset': '1e3' }, 'x'),
        await send(`?name=${newName()}`, 'start', { 'x-goog-upload-header-content-length': 'many' }),
        await send(`?name=${newName()}`, 'start, upload'),
        await send(query, 'cancel'),
        await send(query, 'upload, finalize', { 'x-goog-upload-offset': '0' }, 'x'),
        await send(query, 'cancel'),
        await send('?upload_id=../../x', 'query'),
      ];

      expect(answers).to.deep.equal([[400], [400], [400], [400], [200, 'cancelled'], [404], [404], [404]]);
    });
  });

  it('refuses metadata over 8 KiB, metadata that is no object, and a body that ends too early', async () => {
    const parts = (metadata: object) =>
      `--b\r\n\r\n${JSON.stringify(metadata)}\r\n--b\r\ncontent-type: image/jpeg\r\n\r\nx\r\n--b--`;
    const headers = {
      ...ADMIN,
      'x-goog-upload-protocol': 'multipart',
      'content-type': 'multipart/related; boundary=b',
    };
    const bodies = [
      parts({ metadata: { a: 'x'.repeat(8 * 1024) } }),
      parts({ metadata: 'text' }),
      parts({}).slice(0, -7),
    ];
    const name = newName();

    const statuses = [];
    for (const body of bodies) statuses.push((await post(`?name=${name}`, headers, body)).status);

    expect(statuses).to.deep.equal([400, 400, 400]);
    expect((await fixture.bucket.file(name).exists())[0]).to.equal(false);
  });
});

async function jsonOf(response: Response): Promise<Record<string, unknown>> {
  return (await response.json()) as Record<string, unknown>;
}

/** The number of bytes at a URL, or the status of a failed request. */
async function sizeAt(url: string): Promise<number | string> {
  const response = await fetch(url);
  return response.ok ? (await response.arrayBuffer()).byteLength : String(response.status);
}
