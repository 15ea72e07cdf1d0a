/** Objects that are stored with `Content-Encoding: gzip`, as `file.save(bytes, { gzip: true })` and gcloud's `--gzip-local` do. */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { GcsObjectCopier } from '@hangtag/shared/adapters/gcs/object-copier.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { ImageError } from '@hangtag/shared/errors.js';
import { assert } from 'chai';
import { generation } from '../fixtures/records.js';
import { rejection } from '../support/rejection.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const MAX_BYTES = 100_000;

describe('A gzip-encoded object', () => {
  let fixture: BucketFixture;
  let store: GcsObjectStore;
  beforeEach(async () => {
    fixture = await startBucketFixture();
    store = new GcsObjectStore(fixture.storage);
  });
  afterEach(() => fixture && stopBucketFixture(fixture));

  const stored = async (bytes: Buffer, contentEncoding?: string) => {
    const file = fixture.bucket.file('a.jpg');
    await file.save(bytes, { resumable: false, metadata: { contentEncoding, contentType: 'image/jpeg' } });
    return {
      bucket: fixture.bucket.name,
      name: 'a.jpg',
      generation: generation(String(file.metadata.generation)),
    };
  };
  const codeOfRead = async (bytes: Buffer) => {
    const error = await rejection(store.read(await stored(bytes, 'gzip'), MAX_BYTES));
    assert.instanceOf(error, ImageError);
    return error.code;
  };

  it('is read unzipped', async () => {
    const content = randomBytes(5_000);
    const file = fixture.bucket.file('a.jpg');
    await file.save(content, { gzip: true, resumable: false });
    const version = {
      bucket: fixture.bucket.name,
      name: 'a.jpg',
      generation: generation(String(file.metadata.generation)),
    };

    assert.deepEqual(await store.read(version, MAX_BYTES), content);
  });

  it('has at most as many bytes as it may, unzipped', async () => {
    const atLimit = await stored(gzipSync(Buffer.alloc(MAX_BYTES)), 'gzip');
    assert.lengthOf((await store.read(atLimit, MAX_BYTES)) ?? [], MAX_BYTES);

    assert.equal(await codeOfRead(gzipSync(Buffer.alloc(MAX_BYTES + 1))), 'too-many-bytes');
    assert.equal(await codeOfRead(gzipSync(Buffer.alloc(64 * 1024 * 1024))), 'too-many-bytes');
  });

  it('is refused by what is wrong with it', async () => {
    const whole = gzipSync(randomBytes(1_000));
    const damaged = Buffer.from(whole).fill(0xff, 10, 200);

    assert.equal(await codeOfRead(whole.subarray(0, 500)), 'truncated');
    assert.equal(await codeOfRead(damaged), 'corrupt');
  });

  it('is read as it is if its content is not gzip, or its metadata does not say so', async () => {
    const content = randomBytes(1_000);
    content[0] = 0xff;
    assert.deepEqual(await store.read(await stored(content, 'gzip'), MAX_BYTES), content);

    const archive = gzipSync(content);
    assert.deepEqual(await store.read(await stored(archive), MAX_BYTES), archive);
  });

  it('is unzipped once, so that content can be gzip itself', async () => {
    const archive = gzipSync(Buffer.from('content'));

    assert.deepEqual(await store.read(await stored(gzipSync(archive), 'gzip'), MAX_BYTES), archive);
  });

  it('is copied with its encoding', async () => {
    const content = randomBytes(1_000);
    const source = await stored(gzipSync(content), 'gzip');
    const copier = new GcsObjectCopier(fixture.storage);

    await copier.copy(source, {
      name: 'b.jpg',
      contentType: 'image/jpeg',
      metadata: {},
      ifGeneration: generation(0),
    });

    const copy = await store.stat(source.bucket, 'b.jpg');
    assert.deepEqual(copy && (await store.read(copy, MAX_BYTES)), content);
  });
});
