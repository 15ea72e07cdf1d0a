/** The table of calls in docs/firebase-storage.md: each row is called on a bucket server, and its answer compared. */
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { expect } from 'chai';
import {
  deleteObject,
  type FirebaseStorage,
  getBytes,
  getDownloadURL,
  getMetadata,
  getStream,
  list,
  listAll,
  ref,
  type StorageReference,
  type UploadTask,
  updateMetadata,
  uploadBytes,
  uploadBytesResumable,
  uploadString,
} from 'firebase/storage';
import { deleteApp, initializeApp } from 'firebase-admin/app';
import { getDownloadURL as getDownloadUrlOfFile, getStorage } from 'firebase-admin/storage';
import { fromRoot } from '../fixtures/paths.js';
import { Faults } from '../support/bucket-faults.js';
import { codeOf, type Identity, type StorageApps, storageApps } from '../support/firebase-storage.js';
import { formOf, policyFor } from '../support/signed-forms.js';
import { signerFor } from '../support/signer.js';
import { until } from '../support/until.js';
import { UploadGate } from '../support/upload-gate.js';
import { type BucketFixture, startBucketFixture, statusOf, stopBucketFixture } from './bucket-fixture.js';

const DOCUMENT = readFileSync(fromRoot('docs/firebase-storage.md'), 'utf8');
const ANN = { sub: 'ann', tenant: 'acme' };
const JPEG = { contentType: 'image/jpeg', customMetadata: { owner: 'ann' } };
/** Three chunks of a resumable upload, so that a chunk that is held in the middle is not the last. */
const BYTES = new Uint8Array(900 * 1024);
/** 2 GB by 2048 references to one part. */
const TWO_GB = new Blob(new Array(2048).fill(new Blob([new Uint8Array(1024 ** 2)])));
const RETRY_MS = 300;

/** The first code of the second column by the call in the first column. */
function documentedAnswers(): Readonly<Record<string, string>> {
  const table = DOCUMENT.slice(DOCUMENT.indexOf('| call |')).split('\n\n')[0] ?? '';
  const rows = table.split('\n').slice(2);
  return Object.fromEntries(
    rows.map((row) => {
      const [call = '', answer = ''] = row.replace(/^\| /, '').split(' | ');
      return [call, /`([^`]+)`/.exec(answer)?.[1] ?? answer];
    }),
  );
}

type AdminFile = Parameters<typeof getDownloadUrlOfFile>[0];

describe('the table of calls in docs/firebase-storage.md', () => {
  const faults = new Faults();
  const gate = new UploadGate();
  let breaksUploads = false;
  let fixture: BucketFixture;
  let apps: StorageApps;
  let names = 0;

  before(async () => {
    fixture = await startBucketFixture({
      projectId: 'demo-hangtag',
      hooks: {
        beforeRequest: async (request, response) => {
          await gate.pass(request);
          const isChunk = String(request.headers['x-goog-upload-command']).startsWith('upload');
          if (breaksUploads && isChunk) request.once('data', () => request.destroy());
          return faults.beforeRequest(request, response);
        },
        beforeDiskWrite: faults.beforeDiskWrite,
      },
    });
    apps = storageApps(fixture.server.port, 'inbox');
  });
  afterEach(() => {
    Object.assign(faults.now, { failProbability: 0, diskFull: false });
    breaksUploads = false;
    gate.open();
  });
  after(async () => {
    await apps.close();
    await stopBucketFixture(fixture);
  });

  const refOf = (who: Identity, folder = 'tenants/acme') =>
    ref(impatient(apps.as(who)), `${folder}/${names++}.jpg`);
  const newRef = () => refOf(ANN);
  const stored = async (who: Identity = ANN): Promise<StorageReference> => {
    const target = refOf(who);
    await uploadBytes(target, BYTES, JPEG);
    return target;
  };
  const exists = async ({ fullPath }: StorageReference) => (await fixture.bucket.file(fullPath).exists())[0];
  const resumable = (target: StorageReference, bytes: Uint8Array | Blob = BYTES): UploadTask =>
    uploadBytesResumable(target, bytes, JPEG);
  const outcomeOf = (task: UploadTask) => codeOf(Promise.resolve(task));

  /** The task is in an object, because a promise of the task itself would wait for its end. */
  async function heldAfterOneChunk(target: StorageReference): Promise<{ readonly task: UploadTask }> {
    gate.closeAfter(1);
    const task = resumable(target);
    await until('progress', () => task.snapshot.bytesTransferred > 0);
    return { task };
  }

  async function asAdmin(act: (file: AdminFile) => Promise<unknown>) {
    const before = process.env['STORAGE_EMULATOR_HOST'];
    process.env['STORAGE_EMULATOR_HOST'] = fixture.server.url;
    const app = initializeApp({ projectId: 'demo-hangtag', storageBucket: 'inbox' }, `table-${names}`);
    try {
      return await codeOf(act(getStorage(app).bucket().file(`tenants/acme/${names++}.jpg`)));
    } finally {
      if (before === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
      else process.env['STORAGE_EMULATOR_HOST'] = before;
      await deleteApp(app);
    }
  }

  async function signedUrl(name: string, action: 'read' | 'write' | 'resumable'): Promise<string> {
    const file = signerFor(fixture.server.url).bucket('inbox').file(name);
    const [url] = await file.getSignedUrl({ version: 'v4', action, expires: Date.now() + 60_000 });
    return url.replace('https://', 'http://');
  }

  async function statusWithToken(authorization: string): Promise<string> {
    const { fullPath } = await stored();
    const url = `${fixture.server.url}/v0/b/inbox/o/${encodeURIComponent(fullPath)}`;
    const { status } = await fetch(url, { headers: { authorization } });
    return status === 401 ? 'storage/unauthenticated' : String(status);
  }

  const CALLS: Readonly<Record<string, () => Promise<string>>> = {
    '`uploadBytes`': () => codeOf(uploadBytes(newRef(), BYTES, JPEG)),
    '`uploadString`': () => codeOf(uploadString(newRef(), 'AAAA', 'base64', JPEG)),
    '`uploadBytesResumable` with progress': async () => {
      const task = resumable(newRef());
      const progress: number[] = [];
      task.on('state_changed', ({ bytesTransferred }) => void progress.push(bytesTransferred));
      const code = await outcomeOf(task);
      expect(progress.some((bytes) => bytes > 0 && bytes < BYTES.length)).to.equal(true);
      return code;
    },
    '`uploadBytesResumable`, `pause`, `resume`': async () => {
      const { task } = await heldAfterOneChunk(newRef());
      task.pause();
      gate.open();
      await until('the pause', () => task.snapshot.state === 'paused');
      task.resume();
      return outcomeOf(task);
    },
    '`uploadBytesResumable`, `cancel`': async () => {
      const target = newRef();
      const { task } = await heldAfterOneChunk(target);
      const code = outcomeOf(task);
      task.cancel();
      gate.open();
      expect([await code, await exists(target)]).to.deep.equal(['storage/canceled', false]);
      return code;
    },
    '`getMetadata`': async () => codeOf(getMetadata(await stored())),
    '`getBytes`, `getStream`, `getBlob`': async () => {
      const target = await stored();
      // `getBlob` works in browsers only: firebase-storage-browser.test.ts calls it.
      return sameOf([await codeOf(getBytes(target)), await codeOf(buffer(getStream(target)))]);
    },
    '`getDownloadURL`': async () => codeOf(getDownloadURL(await stored()).then(fetchOk)),
    '`list`, `listAll`': async () => {
      const { parent } = await stored();
      const folder = parent ?? newRef();
      return sameOf([await codeOf(list(folder, { maxResults: 1 })), await codeOf(listAll(folder))]);
    },
    '`updateMetadata`, `deleteObject` by a user': async () => changeAndDelete(await stored()),
    '`updateMetadata`, `deleteObject` by an administrator': async () =>
      changeAndDelete(await stored('owner')),
    '`firebase-admin`: `upload`, `getDownloadURL`': () =>
      asAdmin(async (file) => {
        await file.bucket.upload(fromRoot('LICENSE'), { destination: file.name });
        await fetchOk(await getDownloadUrlOfFile(file));
      }),
    '`firebase-admin`: `save`, `setMetadata`, `getFiles`, `delete`': () =>
      asAdmin(async (file) => {
        await file.save('a picture', { resumable: false });
        await file.setMetadata({ cacheControl: 'no-store' });
        const [[found]] = await file.bucket.getFiles({ prefix: file.name });
        expect(found?.metadata.cacheControl).to.equal('no-store');
        await file.delete();
      }),
    '`firebase-admin`: `copy`, `move`': () =>
      asAdmin(async (file) => {
        await file.save('a picture', { resumable: false });
        await file.copy(`${file.name}.copy`);
        await file.move(`${file.name}.moved`);
        const [files] = await file.bucket.getFiles({ prefix: file.name });
        expect(files.map(({ name }) => name)).to.deep.equal([`${file.name}.copy`, `${file.name}.moved`]);
      }),
    '`firebase-admin`: `moveFileAtomic`': () =>
      asAdmin(async (file) => {
        await file.save('a picture', { resumable: false });
        await file.moveFileAtomic(`${file.name}.moved`);
        expect((await file.exists())[0]).to.equal(false);
      }),
    '`getSignedUrl` (V4), `read`': async () => {
      const { fullPath } = await stored();
      return codeOf(fetchOk(await signedUrl(fullPath, 'read')));
    },
    '`getSignedUrl` (V4), `write`': async () => {
      const target = newRef();
      const code = await codeOf(
        fetchOk(await signedUrl(target.fullPath, 'write'), { method: 'PUT', body: 'x' }),
      );
      expect(await exists(target)).to.equal(true);
      return code;
    },
    '`getSignedUrl` (V4), `resumable`': async () => {
      const target = newRef();
      const start = await fetch(await signedUrl(target.fullPath, 'resumable'), {
        method: 'POST',
        headers: { 'x-goog-resumable': 'start' },
      });
      const code = await codeOf(fetchOk(start.headers.get('location') ?? '', { method: 'PUT', body: 'x' }));
      expect(await exists(target)).to.equal(true);
      return code;
    },
    '`generateSignedPostPolicyV4`': async () => {
      const { url, fields } = await policyFor(fixture.server.url, newRef().fullPath, {});
      return codeOf(fetchOk(url, { method: 'POST', body: formOf(fields, new Blob(['x'])) }));
    },
    'an object that does not exist, `getMetadata`': () => codeOf(getMetadata(newRef())),
    'a wrong `ifGenerationMatch`': async () => {
      const file = fixture.bucket.file((await stored()).fullPath);
      return String(
        await statusOf(file.save('x', { resumable: false, preconditionOpts: { ifGenerationMatch: 1 } })),
      );
    },
    'an upload by a signed-out person': () => codeOf(uploadBytes(refOf(undefined), BYTES, JPEG)),
    'an upload into the folder of another tenant': () =>
      codeOf(uploadBytes(refOf(ANN, 'tenants/other'), BYTES, JPEG)),
    'an upload over an existing object': async () => codeOf(uploadBytes(await stored(), BYTES, JPEG)),
    'an upload of type text/html': () =>
      codeOf(uploadBytes(newRef(), BYTES, { ...JPEG, contentType: 'text/html' })),
    'an upload of 2 GB': async () => {
      const task = resumable(newRef(), TWO_GB);
      const code = await outcomeOf(task);
      expect(task.snapshot.bytesTransferred).to.equal(0);
      return code;
    },
    'an upload that is cut off half-way': async () => {
      breaksUploads = true;
      const target = newRef();
      const code = await outcomeOf(resumable(target));
      expect(await exists(target)).to.equal(false);
      return code;
    },
    'a server that does not answer': async () => {
      faults.now.failProbability = 1;
      return codeOf(uploadBytes(newRef(), BYTES, JPEG));
    },
    'no space': async () => {
      faults.now.diskFull = true;
      return codeOf(uploadBytes(newRef(), BYTES, JPEG));
    },
    'a token that has expired': async () =>
      codeOf(uploadBytes(refOf({ ...ANN, iat: Math.floor(Date.now() / 1000) - 3601 }), BYTES, JPEG)),
    'a token for another project': () =>
      codeOf(uploadBytes(refOf({ ...ANN, aud: 'demo-other' }), BYTES, JPEG)),
    'a token that cannot be read': () => statusWithToken('Firebase nonsense'),
  };

  const answers = documentedAnswers();
  it('has a test for each row', () => {
    expect(Object.keys(answers)).to.deep.equal(Object.keys(CALLS));
  });
  for (const [call, make] of Object.entries(CALLS)) {
    it(`${call}: ${answers[call]}`, async () => {
      expect(await make()).to.equal(answers[call]);
    });
  }
});

function impatient(storage: FirebaseStorage): FirebaseStorage {
  return Object.assign(storage, { maxUploadRetryTime: RETRY_MS });
}

async function changeAndDelete(target: StorageReference): Promise<string> {
  const changed = await codeOf(updateMetadata(target, { cacheControl: 'no-store' }));
  return sameOf([changed, await codeOf(deleteObject(target))]);
}

/** @throws if the calls of one row have different answers */
function sameOf(codes: readonly string[]): string {
  const [first = '', ...others] = codes;
  expect(others).to.deep.equal(others.map(() => first));
  return first;
}

async function fetchOk(url: string, init?: RequestInit): Promise<void> {
  const { ok, status } = await fetch(url, init);
  if (!ok) throw new Error(`Expected a successful answer but received ${status}`);
}
