import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { startBucketServer } from '@hangtag/emulators/bucket/server.js';
import { expect } from 'chai';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';
import {
  type BucketFixture,
  clientOf,
  startBucketFixture,
  statusOf,
  stopBucketFixture,
} from './bucket-fixture.js';

const KIB = 1024;
const CHUNK = 256 * KIB;

interface Sent {
  readonly status: number;
  readonly range: string | null;
}

async function openSession(fixture: BucketFixture, query: string): Promise<string> {
  const url = `${fixture.server.url}/upload/storage/v1/b/inbox/o?uploadType=resumable&${query}`;
  const response = await fetch(url, { method: 'POST', body: '{}' });
  return response.headers.get('location') ?? '';
}

async function send(session: string, contentRange: string, body: Buffer = Buffer.alloc(0)): Promise<Sent> {
  const headers = { 'content-range': contentRange };
  const response = await fetch(session, { method: 'PUT', body: new Uint8Array(body), headers });
  await response.arrayBuffer();
  return { status: response.status, range: response.headers.get('range') };
}

describe('uploads to the bucket server', () => {
  let fixture: BucketFixture;
  const content = randomBytes(3 * CHUNK + 1000);

  before(async () => {
    fixture = await startBucketFixture({ maxObjectBytes: 8 * CHUNK });
  });
  after(() => stopBucketFixture(fixture));

  it('join the chunks of the client', async () => {
    const file = fixture.bucket.file('chunked');

    await file.save(content, { resumable: true, chunkSize: CHUNK, metadata: { contentType: 'image/jpeg' } });

    expect((await file.download())[0].equals(content)).to.equal(true);
    expect((await file.getMetadata())[0].contentType).to.equal('image/jpeg');
  });

  it('return their progress, continue from there, and remember completion', async () => {
    const session = await openSession(fixture, 'name=stepwise');
    expect(await send(session, 'bytes */*')).to.deep.equal({ status: 308, range: null });

    const first = await send(session, `bytes 0-${CHUNK - 1}/${content.length}`, content.subarray(0, CHUNK));
    const asked = await send(session, `bytes */${content.length}`);
    const gap = await send(
      session,
      `bytes ${CHUNK * 2}-${content.length - 1}/${content.length}`,
      content.subarray(CHUNK * 2),
    );
    // The first half of these bytes was received before.
    const overlap = await send(session, `bytes 0-${CHUNK * 2 - 1}/*`, content.subarray(0, CHUNK * 2));
    const odd = await send(session, `bytes ${CHUNK * 2}-${CHUNK * 2 + 9}/*`, content.subarray(0, 10));
    const last = await send(
      session,
      `bytes ${CHUNK * 2}-${content.length - 1}/${content.length}`,
      content.subarray(CHUNK * 2),
    );
    const after = await send(session, 'bytes */*');

    expect(first).to.deep.equal({ status: 308, range: `bytes=0-${CHUNK - 1}` });
    expect(asked).to.deep.equal(first);
    expect(gap.status).to.equal(400);
    expect(overlap).to.deep.equal({ status: 308, range: `bytes=0-${CHUNK * 2 - 1}` });
    expect(odd.status).to.equal(400);
    expect([last.status, after.status]).to.deep.equal([200, 200]);
    expect((await fixture.bucket.file('stepwise').download())[0].equals(content)).to.equal(true);
  });

  it('are removed when cancelled', async () => {
    const session = await openSession(fixture, 'name=cancelled');

    const cancelled = await fetch(session, { method: 'DELETE' });

    expect(cancelled.status).to.equal(499);
    expect((await send(session, 'bytes */*')).status).to.equal(404);
  });

  it('check the precondition again after the last byte', async () => {
    const session = await openSession(fixture, 'name=late&ifGenerationMatch=0');
    await fixture.bucket.file('late').save('first', { resumable: false });

    const finished = await send(session, 'bytes 0-4/5', Buffer.from('later'));

    expect(finished.status).to.equal(412);
    expect((await fixture.bucket.file('late').download())[0].toString()).to.equal('first');
  });

  it('can be empty', async () => {
    const session = await openSession(fixture, 'name=empty');

    expect((await send(session, 'bytes */0')).status).to.equal(200);
    await fixture.bucket.file('empty-simple').save('', { resumable: false });
    expect((await fixture.bucket.file('empty').download())[0]).to.have.length(0);
    expect((await fixture.bucket.file('empty-simple').download())[0]).to.have.length(0);
  });

  it('are completed by an empty request with the total, when all bytes are there', async () => {
    const session = await openSession(fixture, 'name=total-last');
    const bytes = content.subarray(0, 2 * CHUNK);
    await send(session, `bytes 0-${2 * CHUNK - 1}/*`, bytes);

    const tooEarly = await send(session, `bytes */${2 * CHUNK + 1}`);
    const complete = await send(session, `bytes */${2 * CHUNK}`);
    const again = await send(session, `bytes */${2 * CHUNK}`);

    expect(tooEarly).to.deep.equal({ status: 308, range: `bytes=0-${2 * CHUNK - 1}` });
    expect([complete.status, again.status]).to.deep.equal([200, 200]);
    expect((await fixture.bucket.file('total-last').download())[0].equals(bytes)).to.equal(true);
  });

  it('decode a gzip-encoded request, and reject one that is not gzip', async () => {
    const upload = async (query: string, body: Buffer, headers: Record<string, string> = {}) => {
      const url = `${fixture.server.url}/upload/storage/v1/b/inbox/o?name=in-flight&${query}`;
      const all = { 'content-encoding': 'gzip', ...headers };
      return (await fetch(url, { method: 'POST', body: new Uint8Array(body), headers: all })).status;
    };
    const read = async () => (await fixture.bucket.file('in-flight').download())[0].toString();
    const multipart = `--sep\r\n\r\n{}\r\n--sep\r\n\r\nmultipart\r\n--sep--`;
    const related = { 'content-type': 'multipart/related; boundary=sep' };

    expect(await upload('uploadType=media', gzipSync('media'))).to.equal(200);
    expect(await read()).to.equal('media');
    expect(await upload('uploadType=multipart', gzipSync(multipart), related)).to.equal(200);
    expect(await read()).to.equal('multipart');
    expect(await upload('uploadType=media', Buffer.from('not gzip'))).to.equal(400);
    expect(await upload('uploadType=media', gzipSync(Buffer.alloc(8 * CHUNK + 1)))).to.equal(413);
    expect(await read()).to.equal('multipart');
    expect((await fixture.bucket.file('in-flight').getMetadata())[0].contentEncoding).to.equal(undefined);
  });

  it('reject encryption keys, holds and retention', async () => {
    const status = async (path: string, init: RequestInit) =>
      (await fetch(`${fixture.server.url}${path}`, { method: 'POST', ...init })).status;
    const media = '/upload/storage/v1/b/inbox/o?uploadType=media&name=kept';
    const session = '/upload/storage/v1/b/inbox/o?uploadType=resumable&name=kept';
    const key = { 'x-goog-encryption-algorithm': 'AES256', 'x-goog-encryption-key': 'a' };

    expect(await status(media, { body: 'x', headers: key })).to.equal(400);
    expect(await status(`${media}&kmsKeyName=k`, { body: 'x' })).to.equal(400);
    expect(await status(session, { body: '{"temporaryHold":true}' })).to.equal(400);
    expect(await status(session, { body: '{"retention":{"mode":"Locked"}}' })).to.equal(400);
    expect(await status('/storage/v1/b', { body: '{"name":"held","defaultEventBasedHold":true}' })).to.equal(
      400,
    );
    expect((await fixture.bucket.file('kept').exists())[0]).to.equal(false);
    expect(await status(media, { body: 'x' })).to.equal(200);
    const patch = { method: 'PATCH', body: '{"temporaryHold":false,"retention":null}' };
    expect(await status('/storage/v1/b/inbox/o/kept', patch)).to.equal(200);
    expect(
      await status('/storage/v1/b/inbox/o/kept', { method: 'PATCH', body: '{"eventBasedHold":true}' }),
    ).to.equal(400);
  });

  it('continue after a restart of the server', async () => {
    const dataDir = temporaryDirectory();
    const before = await startBucketFixture({ dataDir });
    const session = await openSession(before, 'name=restarted');
    await send(session, `bytes 0-${CHUNK - 1}/${content.length}`, content.subarray(0, CHUNK));
    await before.server.close();

    const after = await startBucketFixture({ dataDir });
    try {
      const moved = session.replace(before.server.url, after.server.url);
      expect((await send(moved, 'bytes */*')).range).to.equal(`bytes=0-${CHUNK - 1}`);
      await send(moved, `bytes ${CHUNK}-${content.length - 1}/${content.length}`, content.subarray(CHUNK));
      expect((await after.bucket.file('restarted').download())[0].equals(content)).to.equal(true);
    } finally {
      await stopBucketFixture(after);
    }
  });

  it('end a request that has stopped, when another one uses its session', async () => {
    const session = await openSession(fixture, 'name=stopped');
    const id = new URL(session).searchParams.get('upload_id');
    const stopped = request(session, {
      method: 'PUT',
      headers: {
        'content-range': `bytes 0-${content.length - 1}/${content.length}`,
        'content-length': content.length,
      },
    });
    const failure = once(stopped, 'error');
    stopped.write(content.subarray(0, CHUNK));
    const part = join(fixture.dataDir, 'uploads', `${id}.part`);
    await until('the first chunk', async () => (await stat(part)).size === CHUNK);

    expect((await send(session, 'bytes */*')).range).to.equal(`bytes=0-${CHUNK - 1}`);

    await failure;
    await send(session, `bytes ${CHUNK}-${content.length - 1}/${content.length}`, content.subarray(CHUNK));
    expect((await fixture.bucket.file('stopped').download())[0].equals(content)).to.equal(true);
  });

  it('stop at the size limit and store nothing', async () => {
    const save = (bytes: number) =>
      statusOf(
        fixture.bucket.file('limit').save(Buffer.alloc(bytes), { resumable: false, validation: false }),
      );
    const files = (await readdir(join(fixture.dataDir, 'content'))).length;

    expect(await save(8 * CHUNK + 1)).to.equal(413);
    await until(
      'the content files',
      async () => (await readdir(join(fixture.dataDir, 'content'))).length === files,
    );
    expect(await save(8 * CHUNK)).to.equal(200);
  });

  it('reject a multipart body without its end', async () => {
    const url = `${fixture.server.url}/upload/storage/v1/b/inbox/o?uploadType=multipart&name=torn`;
    const body =
      '--sep\r\ncontent-type: application/json\r\n\r\n{}\r\n--sep\r\ncontent-type: text/plain\r\n\r\nhalf an obj';
    const headers = { 'content-type': 'multipart/related; boundary=sep' };
    const upload = async (text: string) => (await fetch(url, { method: 'POST', body: text, headers })).status;

    expect(await upload(body)).to.equal(400);
    expect((await fixture.bucket.file('torn').exists())[0]).to.equal(false);
    expect(await upload(`${body}\r\n--sep--`)).to.equal(200);
    expect((await fixture.bucket.file('torn').download())[0].toString()).to.equal('half an obj');
  });

  it('store nothing when the client disconnects', async () => {
    const files = (await readdir(join(fixture.dataDir, 'content'))).length;
    const upload = request(`${fixture.server.url}/upload/storage/v1/b/inbox/o?uploadType=media&name=cut`, {
      method: 'POST',
      headers: { 'content-length': 4_000_000 },
    });
    upload.once('error', () => undefined);
    upload.write(Buffer.alloc(2_000_000));
    await until(
      'the content files',
      async () => (await readdir(join(fixture.dataDir, 'content'))).length > files,
    );

    upload.destroy();

    await until(
      'the content files',
      async () => (await readdir(join(fixture.dataDir, 'content'))).length === files,
    );
    expect((await fixture.bucket.file('cut').exists())[0]).to.equal(false);
  });
});

for (const durability of ['process-crash', 'power-loss'] as const) {
  describe(`an upload in one request, safe from a ${durability.replace('-', ' ')}`, () => {
    let fixture: BucketFixture;
    before(async () => {
      fixture = await startBucketFixture({ durability, maxObjectBytes: 5 * KIB * KIB });
    });
    after(() => stopBucketFixture(fixture));

    for (const sizeBytes of [0, 1, 100 * KIB, KIB * KIB, KIB * KIB + 1, 5 * KIB * KIB]) {
      it(`keeps its ${sizeBytes} bytes`, async () => {
        const content = randomBytes(sizeBytes);

        await fixture.bucket.file('whole').save(content, { resumable: false, validation: 'md5' });

        const [read] = await fixture.bucket.file('whole').download();
        expect(read.equals(content)).to.equal(true);
        // The content before it is removed in the background.
        await until(
          'one content file',
          async () => (await readdir(join(fixture.dataDir, 'content'))).length === 1,
        );
      });
    }

    it('stores nothing when it is too large or has the wrong checksum', async () => {
      const file = fixture.bucket.file('refused');
      const tooLarge = file.save(randomBytes(5 * KIB * KIB + 1), { resumable: false });
      expect(await statusOf(tooLarge)).to.equal(413);
      const url = `${fixture.server.url}/upload/storage/v1/b/inbox/o?uploadType=media&name=refused`;
      const headers = { 'x-goog-hash': 'crc32c=AAAAAA==' };
      const torn = await fetch(url, { method: 'POST', body: new Uint8Array(KIB), headers });
      expect(torn.status).to.equal(400);

      expect((await file.exists())[0]).to.equal(false);
      await until(
        'the content files',
        async () => (await readdir(join(fixture.dataDir, 'content'))).length === 1,
      );
    });
  });
}

/** A server in a child process. */
async function spawnServer(dataDir: string): Promise<{ process: ChildProcess; url: string }> {
  const module = import.meta.resolve('@hangtag/emulators/bucket/server.js');
  const code = `
    const { startBucketServer } = await import(${JSON.stringify(module)});
    const { url } = await startBucketServer({ dataDir: ${JSON.stringify(dataDir)} });
    console.log(url);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(child.stdout, 'data');
  return { process: child, url: String(line).trim() };
}

describe('a bucket server that is killed', () => {
  it('keeps every confirmed object and nothing of an unfinished upload', async () => {
    const dataDir = temporaryDirectory();
    const spawned = await spawnServer(dataDir);
    const bucket = clientOf(spawned.url).bucket('inbox');
    await bucket.create();
    await bucket.file('overwritten').save('old', { resumable: false });
    const confirmed: string[] = [];
    const saving = (async () => {
      for (let index = 0; ; index += 1) {
        await bucket.file(`n${index}`).save(`content ${index}`, { resumable: false });
        confirmed.push(`n${index}`);
      }
    })().catch(() => undefined);
    const half = request(`${spawned.url}/upload/storage/v1/b/inbox/o?uploadType=media&name=overwritten`, {
      method: 'POST',
      headers: { 'content-length': 4_000_000 },
    });
    half.once('error', () => undefined);
    half.write(Buffer.alloc(2_000_000));
    await until('20 confirmed uploads', () => confirmed.length >= 20);

    spawned.process.kill('SIGKILL');
    await once(spawned.process, 'exit');
    await saving;
    half.destroy();

    const server = await startBucketServer({ dataDir });
    try {
      const again = clientOf(server.url).bucket('inbox');
      const [files] = await again.getFiles();
      expect(files.map((file) => file.name)).to.include.members([...confirmed, 'overwritten']);
      expect((await again.file('overwritten').download())[0].toString()).to.equal('old');
      for (const file of files.filter(({ name }) => name !== 'overwritten')) {
        expect((await file.download())[0].toString()).to.equal(`content ${file.name.slice(1)}`);
      }
      expect(await readdir(join(dataDir, 'content')), 'no other files').to.have.length(files.length);
    } finally {
      await server.close();
    }
  });

  it('keeps a second server out of its directory', async () => {
    const fixture = await startBucketFixture();
    try {
      const second = startBucketServer({ dataDir: fixture.dataDir });
      await second.then(
        () => expect.fail('two servers in one directory'),
        (error: Error) => expect(error.message).to.include('to be free'),
      );
    } finally {
      await stopBucketFixture(fixture);
    }
  });
});
