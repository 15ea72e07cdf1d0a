import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type BucketFixture, startBucketFixture, statusOf, stopBucketFixture } from './bucket-fixture.js';

const NEVER = 12345;

describe('the bucket server, through @google-cloud/storage', () => {
  let fixture: BucketFixture;

  before(async () => {
    fixture = await startBucketFixture();
  });
  after(() => stopBucketFixture(fixture));

  /** A new object with its generation and metageneration. */
  async function prepareObject(name: string, content = 'one') {
    const file = fixture.bucket.file(name);
    await file.save(content, { resumable: false });
    const [metadata] = await file.getMetadata();
    return { file, generation: Number(metadata.generation), metageneration: Number(metadata.metageneration) };
  }

  describe('preconditions of a write', () => {
    for (const resumable of [false, true]) {
      const save = (name: string, preconditionOpts: object) =>
        statusOf(fixture.bucket.file(name).save('two', { resumable, preconditionOpts }));
      const way = resumable ? 'resumable' : 'simple';

      it(`depend on generation and metageneration (${way})`, async () => {
        const name = `write-${way}`;
        const { generation } = await prepareObject(name);

        expect(await save(name, { ifGenerationMatch: 0 })).to.equal(412);
        expect(await save(name, { ifGenerationMatch: NEVER })).to.equal(412);
        expect(await save(name, { ifGenerationNotMatch: generation })).to.equal(412);
        expect(await save(name, { ifMetagenerationMatch: 2 })).to.equal(412);
        expect(await save(name, { ifMetagenerationNotMatch: 1 })).to.equal(412);
        const [content] = await fixture.bucket.file(name).download();
        expect(content.toString(), 'nothing was written').to.equal('one');

        expect(await save(name, { ifGenerationMatch: generation })).to.equal(200);
        expect(await save(name, { ifGenerationNotMatch: NEVER })).to.equal(200);
        expect(await save(name, { ifMetagenerationMatch: 1 })).to.equal(200);
        expect(await save(name, { ifMetagenerationNotMatch: 2 })).to.equal(200);
        expect(await save(`${name}-new`, { ifGenerationMatch: 0 })).to.equal(200);
      });
    }
  });

  it('lets exactly one of twenty writers create an object', async () => {
    const file = fixture.bucket.file('race');

    const statuses = await Promise.all(
      Array.from({ length: 20 }, (_, writer) =>
        statusOf(
          file.save(`writer ${writer}`, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } }),
        ),
      ),
    );

    expect(statuses.filter((status) => status === 200)).to.have.length(1);
    expect(statuses.filter((status) => status === 412)).to.have.length(19);
  });

  it('answers a read with 412 for another generation, 304 for a known one', async () => {
    const { generation } = await prepareObject('read');
    const read = async (query: string) =>
      (await fetch(`${fixture.server.url}/b/inbox/o/read?${query}`)).status;

    expect(await read(`ifGenerationMatch=${generation}`)).to.equal(200);
    expect(await read(`ifGenerationMatch=${NEVER}`)).to.equal(412);
    expect(await read('ifGenerationMatch=0')).to.equal(412);
    expect(await read(`ifGenerationNotMatch=${generation}`)).to.equal(304);
    expect(await read(`ifGenerationNotMatch=${NEVER}`)).to.equal(200);
    expect(await read('ifMetagenerationMatch=1')).to.equal(200);
    expect(await read('ifMetagenerationMatch=2')).to.equal(412);
    expect(await read('ifMetagenerationNotMatch=1')).to.equal(304);
    expect(await read('ifMetagenerationNotMatch=2')).to.equal(200);
    expect(await read('ifGenerationMatch=1.5')).to.equal(400);
  });

  it('checks the preconditions of a delete', async () => {
    const { file, generation } = await prepareObject('delete');

    expect(await statusOf(file.delete({ ifGenerationMatch: NEVER }))).to.equal(412);
    expect(await statusOf(file.delete({ ifMetagenerationMatch: 7 }))).to.equal(412);
    expect((await file.exists())[0]).to.equal(true);
    expect(await statusOf(file.delete({ ifGenerationMatch: generation }))).to.equal(200);
    expect((await file.exists())[0]).to.equal(false);
    expect(await statusOf(file.delete({ ifGenerationMatch: generation }))).to.equal(404);
  });

  it('reads a generation until it is overwritten, then answers 404', async () => {
    const first = await prepareObject('pinned', 'first');
    const pinned = fixture.bucket.file('pinned', { generation: first.generation });
    expect((await pinned.download())[0].toString()).to.equal('first');

    const second = await prepareObject('pinned', 'second');

    expect(second.generation).to.be.greaterThan(first.generation);
    expect(await statusOf(pinned.download())).to.equal(404);
    expect((await fixture.bucket.file('pinned').download())[0].toString()).to.equal('second');
  });

  it('keeps overwritten generations of a versioned bucket', async () => {
    const bucket = fixture.storage.bucket('versioned');
    await bucket.create({ versioning: { enabled: true } });
    const file = bucket.file('image');
    for (const content of ['one', 'two']) await file.save(content, { resumable: false });

    const [versions] = await bucket.getFiles({ versions: true });
    const oldest = bucket.file('image', { generation: Number(versions[0]?.metadata.generation) });
    await file.delete();

    expect(versions).to.have.length(2);
    expect(versions[0]?.metadata.timeDeleted).to.be.a('string');
    expect((await oldest.download())[0].toString()).to.equal('one');
    expect((await file.exists())[0]).to.equal(false);
    expect(await statusOf(bucket.delete())).to.equal(409);
  });

  it('lets exactly one of twenty requests create a bucket, or change its settings', async () => {
    const bucket = fixture.storage.bucket('one-of-twenty');
    const twenty = (request: (index: number) => Promise<unknown>) =>
      Promise.all(Array.from({ length: 20 }, (_, index) => statusOf(request(index))));

    const created = await twenty(() => bucket.create());
    const changed = await twenty((index) =>
      bucket.setMetadata({ labels: { [`n${index}`]: 'yes' } }, { ifMetagenerationMatch: 1 }),
    );

    const [{ metageneration, labels }] = await bucket.getMetadata();
    expect(created.toSorted()).to.deep.equal([200, ...Array(19).fill(409)]);
    expect(changed.toSorted()).to.deep.equal([200, ...Array(19).fill(412)]);
    expect(Number(metageneration)).to.equal(2);
    expect(Object.keys(labels ?? {})).to.have.length(1);
  });

  it('patches metadata: sets, keeps and removes keys, and increments the metageneration', async () => {
    const { file } = await prepareObject('metadata');
    await file.setMetadata({ contentType: 'image/png', metadata: { owner: 'ann', ref: '7' } });
    await file.setMetadata({ metadata: { owner: null, priority: 'high' } }, { ifMetagenerationMatch: 2 });

    const [metadata] = await file.getMetadata();

    expect(metadata.metadata).to.deep.equal({ ref: '7', priority: 'high' });
    expect(metadata.contentType).to.equal('image/png');
    expect(metadata.metageneration).to.equal('3');
    expect(await statusOf(file.setMetadata({ metadata: {} }, { ifMetagenerationMatch: 2 }))).to.equal(412);
  });

  it('rejects custom metadata of more than 8 KiB', async () => {
    const { file } = await prepareObject('heavy');

    expect(await statusOf(file.setMetadata({ metadata: { k: 'x'.repeat(8191) } }))).to.equal(200);
    expect(await statusOf(file.setMetadata({ metadata: { k: 'x'.repeat(8192) } }))).to.equal(400);
  });

  it('serves ranges of a download', async () => {
    const { file } = await prepareObject('range', '0123456789');
    const range = async (header: string) => {
      const url = `${fixture.server.url}/download/storage/v1/b/inbox/o/range?alt=media`;
      const response = await fetch(url, { headers: { range: header } });
      return [response.status, response.headers.get('content-range'), await response.text()];
    };

    const [middle] = await file.download({ start: 2, end: 4 });

    expect(middle.toString()).to.equal('234');
    expect(await range('bytes=7-')).to.deep.equal([206, 'bytes 7-9/10', '789']);
    expect(await range('bytes=-2')).to.deep.equal([206, 'bytes 8-9/10', '89']);
    expect(await range('bytes=-99')).to.deep.equal([206, 'bytes 0-9/10', '0123456789']);
    expect(await range('bytes=9-99')).to.deep.equal([206, 'bytes 9-9/10', '9']);
    expect((await range('bytes=10-'))[0]).to.equal(416);
  });

  describe('an object with content-encoding gzip', () => {
    const text = 'a picture '.repeat(1000);
    const packed = gzipSync(text);
    /** node:http, because fetch decodes an answer by itself. */
    const read = async (name: string, headers: Record<string, string>) => {
      const outgoing = get(`${fixture.server.url}/b/inbox/o/${name}?alt=media`, { headers });
      const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
      return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
    };

    before(async () => {
      await fixture.bucket.file('packed').save(text, { gzip: true, resumable: false });
      const cacheControl = 'no-transform';
      await fixture.bucket
        .file('as-is')
        .save(text, { gzip: true, resumable: false, metadata: { cacheControl } });
    });

    it('is decompressed for a client that does not accept gzip, without range and length', async () => {
      const whole = await read('packed', {});
      const range = await read('packed', { range: 'bytes=0-1' });
      const refused = await read('packed', { 'accept-encoding': 'gzip;q=0, br' });

      for (const answer of [whole, range, refused]) {
        expect(answer.body.toString()).to.equal(text);
        expect(answer.status).to.equal(200);
        expect(answer.headers).to.not.have.any.keys('content-encoding', 'content-length', 'content-range');
        expect(answer.headers['x-goog-stored-content-encoding']).to.equal('gzip');
      }
    });

    it('is sent unchanged to a client that accepts gzip, and with no-transform', async () => {
      for (const answer of [
        await read('packed', { 'accept-encoding': 'br, gzip' }),
        await read('as-is', {}),
      ]) {
        expect(gunzipSync(answer.body).toString()).to.equal(text);
        expect(answer.headers).to.include({
          'content-encoding': 'gzip',
          'content-length': String(packed.length),
        });
      }
    });

    it('is decoded by @google-cloud/storage', async () => {
      expect((await fixture.bucket.file('packed').download())[0].toString()).to.equal(text);
    });
  });

  it('stores nothing when the checksum is wrong', async () => {
    const url = `${fixture.server.url}/upload/storage/v1/b/inbox/o?uploadType=media&name=hash`;
    const upload = async (hash: string) =>
      (await fetch(url, { method: 'POST', body: 'hello', headers: { 'x-goog-hash': hash } })).status;

    expect(await upload('crc32c=AAAAAA==')).to.equal(400);
    expect(await upload('md5=1B2M2Y8AsgTpgAmY7PhCfg==')).to.equal(400);
    expect((await fixture.bucket.file('hash').exists())[0]).to.equal(false);
    expect(await upload('crc32c=mnG7TA==,md5=XUFAKrxLKna5cZ2REBfFkg==')).to.equal(200);
    expect((await fixture.bucket.file('hash').exists())[0]).to.equal(true);
  });

  it('has the same CRC32C and MD5 as the client, for uploads and downloads', async () => {
    const content = Buffer.alloc(700_001, 'hangtag');
    const file = fixture.bucket.file('validated');

    await file.save(content, { resumable: false, validation: 'crc32c' });
    const [crcChecked] = await file.download({ validation: 'crc32c' });
    const [md5Checked] = await file.download({ validation: 'md5' });

    expect(crcChecked.equals(content)).to.equal(true);
    expect(md5Checked.equals(content)).to.equal(true);
  });

  it('copies, moves and composes', async () => {
    const { file } = await prepareObject('source/a b.txt', 'left-');
    await file.setMetadata({ metadata: { owner: 'ann' } });
    const { bucket } = fixture;

    await file.copy(bucket.file('copied'));
    await bucket.file('copied').moveFileAtomic('moved');
    await bucket.combine(['source/a b.txt', 'moved'], 'composed');

    const [metadata] = await bucket.file('moved').getMetadata();
    expect(metadata.metadata).to.deep.equal({ owner: 'ann' });
    expect((await bucket.file('copied').exists())[0]).to.equal(false);
    expect((await bucket.file('composed').download())[0].toString()).to.equal('left-left-');
    expect((await bucket.file('composed').getMetadata())[0].md5Hash).to.equal(undefined);
  });

  it('answers errors in the format that clients parse', async () => {
    const response = await fetch(`${fixture.server.url}/storage/v1/b/inbox/o/none`);
    const { error } = (await response.json()) as { error: { code: number; errors: { reason: string }[] } };

    expect(error.code).to.equal(404);
    expect(error.errors[0]?.reason).to.equal('notFound');
    expect(await statusOf(fixture.storage.bucket('no-such-bucket').file('x').download())).to.equal(404);
    expect(await statusOf(fixture.bucket.create())).to.equal(409);
  });
});
