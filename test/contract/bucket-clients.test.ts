import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { hasProgram } from '../support/has-program.js';
import { signerFor } from '../support/signer.js';
import { skip } from '../support/skip.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const run = promisify(execFile);

describe('other clients of the bucket server', function () {
  this.timeout(240_000);
  let fixture: BucketFixture;
  let directory: string;
  let clockAheadMs = 0;

  before(async () => {
    fixture = await startBucketFixture({ nowMs: () => Date.now() + clockAheadMs });
    directory = temporaryDirectory();
  });
  after(async () => {
    await stopBucketFixture(fixture);
  });

  function gcloudEnvironment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${fixture.server.url}/`,
      CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
      CLOUDSDK_CORE_PROJECT: 'test',
      CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
      CLOUDSDK_CONFIG: join(directory, 'gcloud'),
    };
  }

  it('curl uploads, downloads a range, and gets XML errors', async function () {
    if (!hasProgram('curl')) skip(this, 'curl is not installed');
    const path = join(directory, 'photo.jpg');
    await writeFile(path, 'a picture');
    const { url } = fixture.server;
    const curl = async (...args: string[]) => (await run('curl', ['-sS', ...args])).stdout;

    const meta = ['-H', 'Content-Type: image/jpeg', '-H', 'x-goog-meta-owner: ann'];
    await curl('-T', path, ...meta, `${url}/inbox/curl/photo.jpg`);
    const part = await curl('-r', '2-4', `${url}/inbox/curl/photo.jpg`);
    const created = await curl(
      '-w',
      '%{http_code}',
      '-T',
      path,
      '-H',
      'x-goog-if-generation-match: 0',
      `${url}/inbox/curl/photo.jpg`,
    );
    const missing = await curl('-w', '%{http_code}', `${url}/inbox/none`);

    expect(part).to.equal('pic');
    expect(created).to.match(/<Code>PreconditionFailed<\/Code>.*412$/);
    expect(missing).to.match(/<Code>NoSuchKey<\/Code>.*404$/);
    const [metadata] = await fixture.bucket.file('curl/photo.jpg').getMetadata();
    expect([metadata.contentType, metadata.metadata]).to.deep.equal(['image/jpeg', { owner: 'ann' }]);
  });

  it('signed URLs work until they expire', async () => {
    const signer = signerFor(fixture.server.url);
    const file = signer.bucket('inbox').file('signed/a b.txt');
    const sign = async (action: 'read' | 'write') => {
      const [url] = await file.getSignedUrl({ version: 'v4', action, expires: Date.now() + 60_000 });
      return url.replace('https://', 'http://');
    };

    const put = await fetch(await sign('write'), { method: 'PUT', body: 'signed' });
    const url = await sign('read');
    const got = await fetch(url);
    clockAheadMs = 61_000;
    const late = await fetch(url);
    clockAheadMs = 0;

    expect([put.status, got.status, await got.text()]).to.deep.equal([200, 200, 'signed']);
    expect([late.status, await late.text()].join()).to.match(/400,.*ExpiredToken/);
  });

  it('refuses a signed URL without one of the headers that were signed', async () => {
    const file = signerFor(fixture.server.url).bucket('inbox').file('signed/headers.jpg');
    const [url] = await file.getSignedUrl({
      ...{ version: 'v4', action: 'write', expires: Date.now() + 60_000, contentType: 'image/jpeg' },
      extensionHeaders: { 'x-goog-content-length-range': '0,10' },
    });
    const put = (headers: Record<string, string>) =>
      fetch(url.replace('https://', 'http://'), { method: 'PUT', body: new Uint8Array(11), headers });

    const without = await put({ 'content-type': 'image/jpeg' });
    const tooLong = await put({ 'content-type': 'image/jpeg', 'x-goog-content-length-range': '0,10' });

    expect([without.status, await without.text()].join()).to.match(/400,.*MalformedSecurityHeader/);
    expect(tooLong.status).to.equal(413);
  });

  it('gcloud storage uploads a stream whose length is a multiple of its chunk size', async function () {
    if (!hasProgram('gcloud')) skip(this, 'gcloud is not installed');
    const command = 'head -c 1048576 /dev/zero | gcloud storage cp - gs://inbox/gcloud/streamed.bin';
    const env = { ...gcloudEnvironment(), CLOUDSDK_STORAGE_UPLOAD_CHUNK_SIZE: '262144' };

    await run('sh', ['-c', command], { env });

    expect((await fixture.bucket.file('gcloud/streamed.bin').getMetadata())[0].size).to.equal('1048576');
    await fixture.bucket.file('gcloud/streamed.bin').delete();
  });

  it('gcloud storage compresses uploads, in transit and as stored objects', async function () {
    if (!hasProgram('gcloud')) skip(this, 'gcloud is not installed');
    const env = gcloudEnvironment();
    const text = join(directory, 'text.txt');
    await writeFile(text, 'a line of text\n'.repeat(1000));

    await run('gcloud', ['storage', 'cp', '--gzip-in-flight-all', text, 'gs://inbox/gzip/in-flight.txt'], {
      env,
    });
    await run('gcloud', ['storage', 'cp', '--gzip-local-all', text, 'gs://inbox/gzip/local.txt'], { env });
    await run('gcloud', ['storage', 'cp', 'gs://inbox/gzip/local.txt', `${text}.back`], { env });

    const [inFlight] = await fixture.bucket.file('gzip/in-flight.txt').getMetadata();
    const [local] = await fixture.bucket.file('gzip/local.txt').getMetadata();
    expect([inFlight.size, inFlight.contentEncoding]).to.deep.equal(['15000', undefined]);
    expect(local.contentEncoding).to.equal('gzip');
    expect((await readFile(`${text}.back`)).length).to.equal(15_000);
  });

  it('gcloud storage uploads, downloads, lists, moves and removes', async function () {
    if (!hasProgram('gcloud')) skip(this, 'gcloud is not installed');
    const gcloud = async (...args: string[]) =>
      (await run('gcloud', ['storage', ...args], { env: gcloudEnvironment() })).stdout;
    const small = join(directory, 'small.bin');
    const large = join(directory, 'large.bin');
    const back = join(directory, 'back.bin');
    await writeFile(small, randomBytes(1000));
    // gcloud uses resumable uploads from 8 MiB on.
    await writeFile(large, randomBytes(9 * 1024 * 1024));

    await gcloud('cp', small, large, 'gs://inbox/gcloud/');
    const listed = await gcloud('ls', 'gs://inbox/gcloud/*');
    await gcloud('cp', 'gs://inbox/gcloud/large.bin', back);
    await gcloud('mv', 'gs://inbox/gcloud/small.bin', 'gs://inbox/gcloud/moved.bin');
    await gcloud('rm', 'gs://inbox/gcloud/large.bin');
    const left = await gcloud('ls', '--recursive', 'gs://inbox/gcloud/**');

    expect(listed.trim().split('\n')).to.deep.equal([
      'gs://inbox/gcloud/large.bin',
      'gs://inbox/gcloud/small.bin',
    ]);
    expect((await readFile(back)).equals(await readFile(large))).to.equal(true);
    expect(left.trim()).to.equal('gs://inbox/gcloud/moved.bin');
  });
});
