import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { CONDITIONS, MAX_UPLOAD_BYTES } from '@hangtag/emulators/bucket/firebase/access.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { expect } from 'chai';
import {
  deleteObject,
  getBytes,
  getDownloadURL,
  getMetadata,
  listAll,
  ref,
  type UploadMetadata,
  type UploadTask,
  updateMetadata,
  uploadBytes,
  uploadBytesResumable,
} from 'firebase/storage';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getDownloadURL as getDownloadUrlOfFile, getStorage } from 'firebase-admin/storage';
import { fromRoot } from '../fixtures/paths.js';
import { Faults } from '../support/bucket-faults.js';
import {
  codeOf,
  type Identity,
  type StorageApps,
  storageApps,
  tokenOf,
} from '../support/firebase-storage.js';
import { until } from '../support/until.js';
import { UploadGate } from '../support/upload-gate.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const ANN = { sub: 'ann', tenant: 'acme' };
const BOB = { sub: 'bob', tenant: 'acme' };
const EVE = { sub: 'eve', tenant: 'other' };
const KIB = 1024;

const jpegOf = (owner: string, metadata: Record<string, string> = {}): UploadMetadata => ({
  contentType: 'image/jpeg',
  customMetadata: { owner, ...metadata },
});

type Call = (who: Identity, apps: StorageApps) => Promise<unknown>;

/** Unique, because several runs of these tests can use one emulator. */
const RUN = randomBytes(4).toString('hex');
const OF_ANN = `tenants/acme/of-ann-${RUN}.jpg`;
let newNames = 0;
const newName = () => `tenants/acme/new-${RUN}-${newNames++}.jpg`;

const upload =
  (name: string, metadata = jpegOf('ann'), bytes = 10): Call =>
  (who, apps) =>
    uploadBytes(ref(apps.as(who), name), new Uint8Array(bytes), metadata);
const read =
  (name: string): Call =>
  (who, apps) =>
    getMetadata(ref(apps.as(who), name));
const list =
  (name: string): Call =>
  (who, apps) =>
    listAll(ref(apps.as(who), name));

const ACCESS_CASES: readonly (readonly [title: string, who: Identity, call: Call, expected: string])[] = [
  ['a member creates an image', ANN, upload(newName()), 'ok'],
  ['a signed-out person does not', undefined, upload(newName()), 'storage/unauthorized'],
  ['a user without a tenant does not', { sub: 'ann' }, upload(newName()), 'storage/unauthorized'],
  ['a member of another tenant does not', { ...EVE, sub: 'ann' }, upload(newName()), 'storage/unauthorized'],
  ['nobody creates outside of the folders of tenants', ANN, upload('x.jpg'), 'storage/unauthorized'],
  ['nor beside their own', ANN, upload('tenants/acme2/x.jpg'), 'storage/unauthorized'],
  ['nor in the name of another', ANN, upload(newName(), jpegOf('bob')), 'storage/unauthorized'],
  ['nor without an owner', ANN, upload(newName(), { contentType: 'image/jpeg' }), 'storage/unauthorized'],
  [
    'nor what is not an image',
    ANN,
    upload(newName(), { ...jpegOf('ann'), contentType: 'text/html' }),
    'storage/unauthorized',
  ],
  [
    'nor an image over the limit',
    ANN,
    upload(newName(), jpegOf('ann'), MAX_UPLOAD_BYTES + 1),
    'storage/unauthorized',
  ],
  ['an image at the limit is created', ANN, upload(newName(), jpegOf('ann'), MAX_UPLOAD_BYTES), 'ok'],
  ['a member may choose priority', ANN, upload(newName(), jpegOf('ann', { priority: 'backfill' })), 'ok'],
  ['but not skip', ANN, upload(newName(), jpegOf('ann', { skip: 'true' })), 'storage/unauthorized'],
  [
    'nor a key of Hangtag',
    ANN,
    upload(newName(), jpegOf('ann', { 'hangtag-written-by': 'x' })),
    'storage/unauthorized',
  ],
  [
    'nor a thumbnail',
    ANN,
    upload(`tenants/acme/thumbnails/${RUN}.jpg`, jpegOf('ann')),
    'storage/unauthorized',
  ],
  ['nobody replaces an image', ANN, upload(OF_ANN), 'storage/unauthorized'],
  ['the owner reads', ANN, read(OF_ANN), 'ok'],
  ['another member does not', BOB, read(OF_ANN), 'storage/unauthorized'],
  ['nor another tenant', EVE, read(OF_ANN), 'storage/unauthorized'],
  ['nor a signed-out person', undefined, read(OF_ANN), 'storage/unauthorized'],
  [
    'a member learns that an object is missing',
    ANN,
    read('tenants/acme/none.jpg'),
    'storage/object-not-found',
  ],
  ['others do not', EVE, read('tenants/acme/none.jpg'), 'storage/unauthorized'],
  ['a member lists its folder', BOB, list('tenants/acme'), 'ok'],
  ['but no other', BOB, list('tenants/other'), 'storage/unauthorized'],
  ['nor all', BOB, list(''), 'storage/unauthorized'],
  [
    'nobody changes metadata',
    ANN,
    (who, apps) => updateMetadata(ref(apps.as(who), OF_ANN), { customMetadata: { owner: 'bob' } }),
    'storage/unauthorized',
  ],
  ['nobody deletes', ANN, (who, apps) => deleteObject(ref(apps.as(who), OF_ANN)), 'storage/unauthorized'],
];

/** The same cases hold for every server that enforces storage.rules. */
function defineAccessCases(apps: () => StorageApps): void {
  before(async () => {
    await upload(OF_ANN)(ANN, apps());
  });
  for (const [title, who, call, expected] of ACCESS_CASES) {
    it(`${title}: ${expected}`, async () => {
      expect(await codeOf(call(who, apps()))).to.equal(expected);
    });
  }
}

const emulator = process.env['FIREBASE_STORAGE_EMULATOR_HOST'];
if (emulator === undefined) {
  console.warn(
    'SKIPPED storage.rules in the rules runtime of Firebase. Type: npm run suite:smoke, which runs them or names what is missing',
  );
} else {
  describe('storage.rules in the Storage emulator of Firebase', () => {
    const apps = storageApps(Number(emulator.split(':')[1]), 'demo-hangtag.appspot.com');
    after(() => apps.close());

    defineAccessCases(() => apps);
  });
}

describe("Firebase's SDKs and the bucket server", () => {
  let fixture: BucketFixture;
  let apps: StorageApps;
  const faults = new Faults();
  const gate = new UploadGate();

  before(async () => {
    fixture = await startBucketFixture({
      projectId: 'demo-hangtag',
      hooks: {
        beforeRequest: async (request, response) => {
          await gate.pass(request);
          return faults.beforeRequest(request, response);
        },
        beforeDiskWrite: faults.beforeDiskWrite,
      },
    });
    apps = storageApps(fixture.server.port, 'inbox');
  });
  afterEach(() => {
    Object.assign(faults.now, { failProbability: 0, diskFull: false });
    gate.open();
  });
  after(async () => {
    await apps.close();
    await stopBucketFixture(fixture);
  });

  const exists = async (name: string) => (await fixture.bucket.file(name).exists())[0];

  describe('firebase/storage', () => {
    it('uploads, reads, lists and gets a download URL as a member of a tenant', async () => {
      const content = randomBytes(10_000);
      const target = ref(apps.as(ANN), 'tenants/acme/shop a/é 1.jpg');

      const { metadata } = await uploadBytes(target, content, jpegOf('ann', { ref: '7' }));
      const read = await getMetadata(target);
      const bytes = await getBytes(target);
      const url = await getDownloadURL(target);
      const listed = await listAll(ref(target.storage, 'tenants/acme'));
      const download = await fetch(url);

      const [stored] = await fixture.bucket.file('tenants/acme/shop a/é 1.jpg').getMetadata();
      expect(metadata.generation).to.equal(stored.generation);
      expect(stored.metadata).to.include({ owner: 'ann', ref: '7' });
      expect(read).to.deep.include({ size: 10_000, contentType: 'image/jpeg', md5Hash: stored.md5Hash });
      expect(read.customMetadata).to.deep.equal({ owner: 'ann', ref: '7' });
      expect(Buffer.from(bytes).equals(content)).to.equal(true);
      expect(Buffer.from(await download.arrayBuffer()).equals(content)).to.equal(true);
      expect(listed.prefixes.map(({ fullPath }) => fullPath)).to.deep.equal(['tenants/acme/shop a']);
    });

    it('reads thumbnails as any member of the tenant', async () => {
      const name = 'tenants/acme/thumbnails/a.webp';
      await fixture.bucket.file(name).save('a thumbnail', { contentType: 'image/webp' });

      expect(await codeOf(read(name)(BOB, apps))).to.equal('ok');
      expect(await codeOf(read(name)(EVE, apps))).to.equal('storage/unauthorized');
    });

    it('changes metadata and deletes as an administrator', async () => {
      const target = ref(apps.as('owner'), 'any/where.txt');
      await uploadBytes(target, Buffer.from('text'), { contentType: 'text/plain' });
      const url = await getDownloadURL(target);

      const updated = await updateMetadata(target, { cacheControl: 'no-store', customMetadata: { a: 'b' } });
      const same = await getDownloadURL(target);
      await deleteObject(target);

      expect(updated).to.deep.include({
        cacheControl: 'no-store',
        customMetadata: { a: 'b' },
        metageneration: '2',
      });
      expect(same, 'the download token is kept').to.equal(url);
      expect(await codeOf(getMetadata(target))).to.equal('storage/object-not-found');
      expect((await fetch(url)).status).to.equal(403);
    });

    it('uploads in chunks with progress, and can pause and resume', async () => {
      const content = randomBytes(900 * KIB);
      gate.closeAfter(1);
      const task = uploadBytesResumable(
        ref(apps.as(ANN), 'tenants/acme/resumed.jpg'),
        content,
        jpegOf('ann'),
      );
      const progress: number[] = [];
      task.on('state_changed', ({ bytesTransferred }) => void progress.push(bytesTransferred));
      await until('progress', () => progress.some((bytes) => bytes > 0));

      task.pause();
      // In Node the SDK cannot abort a request: it pauses once the chunk under way has its answer.
      gate.open();
      await until('the pause', () => task.snapshot.state === 'paused');
      const existsWhilePaused = await exists('tenants/acme/resumed.jpg');
      task.resume();
      const done = await task;

      const [stored] = await fixture.bucket.file('tenants/acme/resumed.jpg').download();
      expect(existsWhilePaused).to.equal(false);
      expect(stored.equals(content)).to.equal(true);
      expect(done.metadata.size).to.equal(content.length);
      expect(progress).to.deep.equal([...progress].sort((a, b) => a - b));
      expect(new Set(progress)).to.have.property('size').greaterThan(2);
    });

    it('cancels an upload, and nothing is stored', async () => {
      gate.closeAfter(1);
      const target = ref(apps.as(ANN), 'tenants/acme/cancelled.jpg');
      const task: UploadTask = uploadBytesResumable(target, randomBytes(900 * KIB), jpegOf('ann'));
      const code = codeOf(Promise.resolve(task));
      await until('progress', () => task.snapshot.bytesTransferred > 0);

      task.cancel();
      gate.open();

      expect(await code).to.equal('storage/canceled');
      expect(await exists('tenants/acme/cancelled.jpg')).to.equal(false);
    });

    it('uploads an empty object', async () => {
      await uploadBytesResumable(
        ref(apps.as(ANN), 'tenants/acme/empty.jpg'),
        new Uint8Array(),
        jpegOf('ann'),
      );

      expect((await fixture.bucket.file('tenants/acme/empty.jpg').getMetadata())[0].size).to.equal('0');
    });

    it('stops after its retry time when the server does not answer', async () => {
      const storage = apps.as(ANN);
      storage.maxUploadRetryTime = 300;
      faults.now.failProbability = 1;

      const upload = uploadBytes(ref(storage, 'tenants/acme/never.jpg'), Buffer.from('x'), jpegOf('ann'));

      expect(await codeOf(upload)).to.equal('storage/retry-limit-exceeded');
    });

    it('reports a full disk as an exceeded quota', async () => {
      const target = ref(apps.as(ANN), 'tenants/acme/no-space.jpg');
      faults.now.diskFull = true;

      const codes = [
        await codeOf(uploadBytes(target, Buffer.from('x'), jpegOf('ann'))),
        await codeOf(Promise.resolve(uploadBytesResumable(target, Buffer.from('x'), jpegOf('ann')))),
      ];

      expect(codes).to.deep.equal(['storage/quota-exceeded', 'storage/quota-exceeded']);
      expect(await exists('tenants/acme/no-space.jpg')).to.equal(false);
    });

    it('is rejected with 400 when a request is malformed', async () => {
      const status = async (query: string, headers: Record<string, string>, body = '') => {
        const url = `${fixture.server.url}/v0/b/inbox/o?${query}`;
        const all = { authorization: 'Bearer owner', ...headers };
        return (await fetch(url, { method: 'POST', headers: all, body })).status;
      };
      const start = { 'x-goog-upload-command': 'start' };
      const opened = await fetch(`${fixture.server.url}/v0/b/inbox/o?name=odd`, {
        method: 'POST',
        headers: { authorization: 'Bearer owner', ...start },
      });
      const session = new URL(opened.headers.get('x-goog-upload-url') ?? '').search.slice(1);

      expect(await status('', start)).to.equal(400);
      expect(await status('name=odd', start, 'not JSON')).to.equal(400);
      expect(await status('name=odd', { 'x-goog-upload-command': 'upload' })).to.equal(400);
      expect(await status(session, { 'x-goog-upload-command': 'jump' })).to.equal(400);
      const upload = { 'x-goog-upload-command': 'upload' };
      expect(await status(session, { ...upload, 'x-goog-upload-offset': '-5' }, 'x')).to.equal(400);
      expect(await status(session, { ...upload, 'x-goog-upload-offset': '5' }, 'x')).to.equal(400);
      expect(await status(session, { 'x-goog-upload-command': 'cancel' })).to.equal(200);
      expect(await status(session, { 'x-goog-upload-command': 'query' })).to.equal(404);
      expect(await exists('odd')).to.equal(false);
    });

    it('lets exactly one of ten uploads create an object', async () => {
      const target = ref(apps.as(ANN), 'tenants/acme/race.jpg');

      const codes = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          codeOf(
            index % 2 === 0
              ? uploadBytes(target, Buffer.from(`${index}`), jpegOf('ann'))
              : Promise.resolve(uploadBytesResumable(target, Buffer.from(`${index}`), jpegOf('ann'))),
          ),
        ),
      );

      expect(codes.filter((code) => code === 'ok')).to.have.length(1);
      expect(codes.filter((code) => code === 'storage/unauthorized')).to.have.length(9);
    });
  });

  describe('access', () => {
    defineAccessCases(() => apps);

    it('is refused before the bytes of a resumable upload are sent', async () => {
      const target = ref(apps.as(ANN), newName());
      const task = uploadBytesResumable(target, new Uint8Array(MAX_UPLOAD_BYTES + 1), jpegOf('ann'));

      expect(await codeOf(Promise.resolve(task))).to.equal('storage/unauthorized');
      expect(task.snapshot.bytesTransferred).to.equal(0);
    });

    it('answers the next request on the connection of a refused upload', async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const send = async (method: string, body: Uint8Array) => {
        const headers = {
          'x-goog-upload-protocol': 'multipart',
          'content-type': 'multipart/related; boundary=b',
        };
        const outgoing = request(`${fixture.server.url}/v0/b/inbox/o?name=x`, { method, headers, agent });
        const [response] = await once(outgoing.end(body), 'response');
        response.resume();
        return response.statusCode;
      };
      const parts = '--b\r\n\r\n{}\r\n--b\r\ncontent-type: image/jpeg\r\n\r\n';
      const upload = Buffer.concat([Buffer.from(parts), Buffer.alloc(MAX_UPLOAD_BYTES)]);

      const statuses = [await send('POST', upload), await send('GET', new Uint8Array())];

      agent.destroy();
      expect(statuses).to.deep.equal([403, 403]);
    });

    it('keeps the limit when a resumable upload declares fewer bytes than it sends', async () => {
      const url = `${fixture.server.url}/v0/b/inbox/o?name=tenants/acme/liar.jpg`;
      const send = (to: string, command: string, body: string | Uint8Array<ArrayBuffer>) =>
        fetch(to, {
          method: 'POST',
          body,
          headers: {
            authorization: `Firebase ${tokenOf(ANN)}`,
            'x-goog-upload-protocol': 'resumable',
            'x-goog-upload-command': command,
            'x-goog-upload-header-content-length': '10',
            'x-goog-upload-header-content-type': 'image/jpeg',
          },
        });
      const start = await send(url, 'start', JSON.stringify({ metadata: { owner: 'ann' } }));

      const session = start.headers.get('x-goog-upload-url') ?? '';
      const sent = await send(session, 'upload, finalize', new Uint8Array(MAX_UPLOAD_BYTES + 1));

      expect(sent.status).to.equal(403);
      expect(await exists('tenants/acme/liar.jpg')).to.equal(false);
    });

    it('requires a valid token', async () => {
      const statusWith = async (authorization: string) => {
        const url = `${fixture.server.url}/v0/b/inbox/o/${encodeURIComponent(OF_ANN)}`;
        return (await fetch(url, { headers: { authorization } })).status;
      };

      expect(await statusWith('Firebase nonsense')).to.equal(401);
      expect(await statusWith(`Firebase ${tokenOf({ ...ANN, sub: '' })}`)).to.equal(401);
      expect(await statusWith(`Firebase ${tokenOf(ANN)}`)).to.equal(200);
      expect(await statusWith('Bearer owner')).to.equal(200);
    });

    it('needs a token for this project that has not expired', async () => {
      const nowS = Math.floor(Date.now() / 1000);
      const codes = [];
      for (const claims of [{ iat: nowS - 3500 }, { iat: nowS - 3601 }, { aud: 'demo-other' }])
        codes.push(await codeOf(read(OF_ANN)({ ...ANN, ...claims }, apps)));

      expect(codes).to.deep.equal(['ok', 'storage/unauthenticated', 'storage/unauthenticated']);
    });

    it('ignores a claim that is not a string', async () => {
      const claims: object = { ...ANN, tenant: ['acme'] };

      expect(await codeOf(read(OF_ANN)(claims as typeof ANN, apps))).to.equal('storage/unauthorized');
    });

    it('is what storage.rules say', async () => {
      const rules = await readFile(fromRoot('storage.rules'), 'utf8');

      const allowed = [...rules.matchAll(/allow (\w+): if ([^;]+);/g)].map(([, operation, condition]) => [
        operation,
        condition?.split(/\s*&&\s*/),
      ]);

      const table = Object.entries(CONDITIONS).filter(([, conditions]) => conditions.length > 0);
      expect(Object.fromEntries(allowed)).to.deep.equal(
        Object.fromEntries(
          table.map(([operation, conditions]) => [operation, conditions.map(({ rule }) => rule)]),
        ),
      );
      expect(rules.match(/allow /g)).to.have.length(table.length);
      expect(MAX_UPLOAD_BYTES, 'the limit of ingest').to.equal(parseConfig({}).HANGTAG_MAX_BYTES);
    });
  });

  it('firebase-admin uploads and gets a download URL', async () => {
    const before = process.env['STORAGE_EMULATOR_HOST'];
    process.env['STORAGE_EMULATOR_HOST'] = fixture.server.url;
    const app = initializeApp({ projectId: 'demo-hangtag', storageBucket: 'inbox' }, 'admin');
    try {
      const file = getStorage(app).bucket().file('tenants/acme/by admin.jpg');
      await file.save('a picture', { resumable: false, contentType: 'image/jpeg' });

      const url = await getDownloadUrlOfFile(file);

      expect(await (await fetch(url)).text()).to.equal('a picture');
      expect(await getDownloadUrlOfFile(file)).to.equal(url);
      expect((await fetch(url.replace(/token=.*/, 'token=wrong'))).status).to.equal(403);
    } finally {
      if (before === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
      else process.env['STORAGE_EMULATOR_HOST'] = before;
      await deleteApp(app);
    }
  });
});
