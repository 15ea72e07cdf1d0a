/** Backup and restore on Google's Firestore emulator and the bucket server: labelled images, destroyed and made again. */
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { Firestore } from '@google-cloud/firestore';
import type { File } from '@google-cloud/storage';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { checkOf, imageIdOf } from '@hangtag/shared/domain/identity.js';
import type { NameRange } from '@hangtag/shared/domain/name-range.js';
import { digestOf, fingerprint } from '@hangtag/shared/domain/range-proof.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import { backup, type Place } from '@hangtag/tools/backup/backup.js';
import { DocumentDatabase } from '@hangtag/tools/backup/documents.js';
import { restore } from '@hangtag/tools/backup/restore.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { aCorrection, aRecord, generation } from '../fixtures/records.js';
import { rejection } from '../support/rejection.js';
import { emulator, freshProject } from '../support/shared-emulators.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const EVERYTHING: NameRange = { bucket: 'inbox', from: '' };

interface Installation {
  readonly place: Place;
  readonly firestore: Firestore;
  readonly fixture: BucketFixture;
}

describe('A backup', () => {
  const open: Installation[] = [];
  const plain = ['a.jpg', 'b.jpg', 'corrected.jpg', 'zipped.jpg'];
  const names = [...HOSTILE_NAMES.slice(0, 10), 'line\u2028separator.jpg', ...plain];
  let folder: string;
  let host: string;

  before(async function () {
    ({ host } = await emulator('firestore', this));
  });

  beforeEach(async () => {
    folder = temporaryDirectory();
  });

  afterEach(async () => {
    for (const { firestore, fixture } of open.splice(0)) {
      await firestore.terminate();
      await stopBucketFixture(fixture);
    }
  });

  async function install(): Promise<Installation> {
    const projectId = freshProject('backup');
    const models = new FolderModelStore(temporaryDirectory());
    const fixture = await startBucketFixture();
    const database = new DocumentDatabase({ FIRESTORE_EMULATOR_HOST: host, GOOGLE_CLOUD_PROJECT: projectId });
    const installation = {
      fixture,
      firestore: ownerClient({ host, projectId }),
      place: { folder, bucket: fixture.bucket, database, models },
    };
    open.push(installation);
    return installation;
  }

  /** Shows each file that the bucket of an installation gives out. */
  function watchFiles({ place: { bucket } }: Installation, see: (file: File) => void): void {
    const open = bucket.file.bind(bucket);
    bucket.file = (name, options) => {
      const file = open(name, options);
      see(file);
      return file;
    };
  }

  async function fill({ fixture: { bucket }, firestore }: Installation): Promise<readonly ImageRecord[]> {
    const records: ImageRecord[] = [];
    for (const name of names) {
      const isZipped = name === 'zipped.jpg';
      await bucket.file(name).save(isZipped ? gzipSync(name) : name, {
        resumable: false,
        metadata: {
          contentType: 'image/jpeg',
          ...(isZipped && { contentEncoding: 'gzip' }),
          metadata: { owner: 'ann' },
        },
      });
      const stored = generation(String((await bucket.file(name).getMetadata())[0].generation));
      const correction = name === 'corrected.jpg' ? { ...aCorrection(), generation: stored } : null;
      const embedding = name === 'a.jpg' ? [0.5, -1, 2] : null;
      const record = aRecord({
        bucket: 'inbox',
        name,
        generation: stored,
        check: checkOf(name, stored),
        correction,
        embedding,
      });
      await firestore.doc(`tenants/default/images/${imageIdOf('inbox', name)}`).set(documentOf(record, 1000));
      records.push(record);
    }
    await firestore.doc('tenants/default').set({ name: 'Shop', thresholds: { auto: 0.9 } });
    await firestore
      .doc('tenants/default/reports/2026-01-02')
      .set({ completedAt: new Date(0), report: Buffer.from([0, 255]) });
    return records;
  }

  async function recordsOf({ firestore }: Installation): Promise<readonly ImageRecord[]> {
    const store = new FirestoreRecordStore(firestore);
    const records: ImageRecord[] = [];
    for await (const { record } of store.scan(EVERYTHING)) records.push(record);
    return records;
  }

  it('restores an installation that was destroyed: every object, every document, and records that the range proof accepts', async () => {
    const lost = await install();
    const records = await fill(lost);
    await backup(lost.place);

    const found = await install();
    const summary = await restore(found.place);

    expect(summary).to.deep.equal({
      documents: names.length + 2,
      objects: names.length,
      models: 0,
      kept: [],
    });
    const [files] = await found.fixture.bucket.getFiles();
    const listed = files.map((file) =>
      fingerprint({
        bucket: 'inbox',
        name: file.name,
        generation: generation(String(file.metadata.generation)),
      }),
    );
    expect(await new FirestoreRecordStore(found.firestore).digest(EVERYTHING)).to.deep.equal(
      digestOf(listed),
    );
    const restored = await recordsOf(found);
    const facts = ({ generation: _, check: __, correction, ...others }: ImageRecord) => ({
      ...others,
      corrected: correction?.category,
    });
    const inOrder = (all: readonly ImageRecord[]) =>
      new Map(all.map((record) => [record.name, facts(record)]));
    expect(inOrder(restored)).to.deep.equal(inOrder(records));
    const corrected = restored.find(({ name }) => name === 'corrected.jpg');
    expect(corrected?.correction?.generation).to.equal(corrected?.generation);
    const [[tenant], [report]] = [
      [(await found.firestore.doc('tenants/default').get()).data()],
      [(await found.firestore.doc('tenants/default/reports/2026-01-02').get()).data()],
    ];
    expect(tenant).to.deep.equal({ name: 'Shop', thresholds: { auto: 0.9 } });
    expect(report?.['report']).to.deep.equal(Buffer.from([0, 255]));
  });

  it('restores the bytes, the type and the metadata of an object, also of one that is stored gzip-encoded', async () => {
    const lost = await install();
    await fill(lost);
    await backup(lost.place);

    const found = await install();
    await restore(found.place);

    for (const name of ['a.jpg', 'zipped.jpg']) {
      const [before] = await lost.fixture.bucket.file(name).getMetadata();
      const [after] = await found.fixture.bucket.file(name).getMetadata();
      const facts = ({ md5Hash, contentType, contentEncoding, metadata }: typeof after) => ({
        md5Hash,
        contentType,
        contentEncoding,
        metadata,
      });
      expect(facts(after)).to.deep.equal(facts(before));
    }
  });

  it('restores the versions of models, and says how many there are', async () => {
    const before = await install();
    const pin = await before.place.models?.put(COLOURS_MODEL);
    const saved = await backup(before.place);
    const after = await install();

    const restored = await restore(after.place);
    await restore(after.place);

    expect([saved.models, restored.models]).to.deep.equal([1, 1]);
    expect(await after.place.models?.list()).to.deep.equal([pin]);
  });

  it('keeps in force what reviewers answered, what a vision model said, and a queue: for the new generation', async () => {
    const lost = await install();
    const records = await fill(lost);
    const { generation: saved = '' } = records.find(({ name }) => name === 'a.jpg') ?? {};
    const image = imageIdOf('inbox', 'a.jpg');
    const answer = { image, generation: saved, category: 'Tops', by: 'ann' };
    const at = ({ firestore }: Installation, path: string) => firestore.doc(`tenants/default/${path}`);
    await at(lost, `images/${image}`).update({ opinion: { category: 'Tops', generation: saved } });
    await at(lost, `answers/${image}.${saved}.first`).set(answer);
    await at(lost, 'controls/c').set({ ...answer, expected: 'Tops' });
    await at(lost, 'queues/suspects').set({
      images: [{ imageId: image, generation: saved }, { imageId: 'gone' }],
    });
    await at(lost, 'queues/empty').set({ at: 1 });
    await backup(lost.place);

    const found = await install();
    await restore(found.place);

    const read = async (path: string) => (await at(found, path).get()).data();
    const { generation: now } = (await read(`images/${image}`)) ?? {};
    expect(now, 'control').to.not.equal(saved);
    expect(await read(`images/${image}`)).to.have.nested.property('opinion.generation', now);
    expect(await read(`answers/${image}.${now}.first`)).to.deep.equal({ ...answer, generation: now });
    expect(await read(`answers/${image}.${saved}.first`)).to.equal(undefined);
    expect(await read('controls/c')).to.deep.equal({ ...answer, expected: 'Tops', generation: now });
    expect(await read('queues/suspects')).to.deep.equal({
      images: [{ imageId: image, generation: now }, { imageId: 'gone' }],
    });
    expect(await read('queues/empty')).to.deep.equal({ at: 1 });
  });

  it('leaves a record to the sweep whose object was replaced while the backup was made', async () => {
    const lost = await install();
    await fill(lost);
    const path = `tenants/default/images/${imageIdOf('inbox', 'a.jpg')}`;
    const older = { generation: '1', check: checkOf('a.jpg', generation('1')) };
    await lost.firestore.doc(path).update(older);
    await backup(lost.place);

    const found = await install();
    await restore(found.place);

    expect((await found.firestore.doc(path).get()).data()).to.include(older);
  });

  it('changes nothing if it is restored once more, and sends no object again', async () => {
    const lost = await install();
    await fill(lost);
    await backup(lost.place);
    const found = await install();
    await restore(found.place);
    const once = await recordsOf(found);
    const sent: string[] = [];
    watchFiles(found, (file) => {
      const open = file.createWriteStream.bind(file);
      file.createWriteStream = (options) => {
        sent.push(file.name);
        return open(options);
      };
    });

    await restore(found.place);

    expect(await recordsOf(found)).to.deep.equal(once);
    expect(sent).to.deep.equal([]);
  });

  it('leaves out an object that is deleted meanwhile, and has the new content of one that is replaced', async () => {
    const changing = await install();
    const { bucket } = changing.fixture;
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) await bucket.file(name).save(name, { resumable: false });
    const changes = new Map<string, () => Promise<unknown>>([
      ['a.jpg', () => bucket.file('a.jpg').delete()],
      ['b.jpg', () => bucket.file('b.jpg').save('newer', { resumable: false })],
    ]);
    watchFiles(changing, (file) => {
      const read = file.createReadStream.bind(file);
      file.createReadStream = (options) => {
        const change = changes.get(file.name);
        changes.delete(file.name);
        if (change === undefined) return read(options);
        const bytes = new PassThrough();
        // A failure ends both streams.
        void change()
          .then(() => pipeline(read(options), bytes))
          .catch(() => undefined);
        return bytes;
      };
    });

    const { objects } = await backup(changing.place);

    expect(objects).to.equal(2);
    const found = await install();
    await restore(found.place);
    const contents = ['b.jpg', 'c.jpg'].map((name) => found.fixture.bucket.file(name).download());
    expect((await Promise.all(contents)).map(String)).to.deep.equal(['newer', 'c.jpg']);
  });

  it('keeps an object that was uploaded after the loss, and its record', async () => {
    const lost = await install();
    await fill(lost);
    await backup(lost.place);
    const found = await install();
    await found.fixture.bucket.file('a.jpg').save('newer', { resumable: false });

    const { kept } = await restore(found.place);

    expect(kept).to.deep.equal(['a.jpg']);
    expect(String((await found.fixture.bucket.file('a.jpg').download())[0])).to.equal('newer');
    expect((await recordsOf(found)).map(({ name }) => name)).to.not.include('a.jpg');
  });

  it('is refused if the folder is not empty, and a restore if the backup is not complete', async () => {
    const { place } = await install();
    await writeFile(join(folder, 'notes.txt'), '');

    expect(String(await rejection(backup(place)))).to.contain('Expected an empty folder');
    expect(String(await rejection(restore(place)))).to.contain('Expected a complete backup');
    expect(await readdir(folder)).to.include('notes.txt');
  });
});
