import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { signerFor } from '../support/signer.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const APP = 'https://app.example';
const CHUNK = 256 * 1024;

describe('cross-origin requests to the bucket server', () => {
  let fixture: BucketFixture;

  before(async () => {
    fixture = await startBucketFixture();
    await fixture.bucket.file('image').save('content', { resumable: false });
    await fixture.bucket.setCorsConfiguration([
      {
        origin: [APP],
        method: ['GET', 'PUT'],
        responseHeader: ['Content-Type', 'x-goog-meta-owner'],
        maxAgeSeconds: 60,
      },
    ]);
  });
  after(() => stopBucketFixture(fixture));

  /** node:http, because fetch does not send these headers. */
  async function send(method: string, path: string, headers: Record<string, string>) {
    const outgoing = request(`${fixture.server.url}${path}`, { method, headers }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  const preflight = (path: string, origin: string, method: string, headers = 'content-type') =>
    send('OPTIONS', path, {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    });

  it('are answered by the XML API as the bucket is configured', async () => {
    const allowed = await preflight('/inbox/new', APP, 'PUT', 'content-type,x-goog-meta-owner');
    const simple = await send('GET', '/inbox/image', { origin: APP });

    expect(allowed.status).to.equal(200);
    expect(allowed.headers).to.include({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, PUT',
      'access-control-allow-headers': 'content-type, x-goog-meta-owner',
      'access-control-max-age': '60',
      vary: 'Origin',
    });
    expect(simple.body).to.equal('content');
    expect(simple.headers).to.include({
      'access-control-allow-origin': APP,
      'access-control-expose-headers': 'Content-Type, x-goog-meta-owner',
    });
  });

  it('get no CORS headers for another method, header or local page', async () => {
    const answers = [
      await preflight('/inbox/new', APP, 'DELETE'),
      await preflight('/inbox/new', APP, 'PUT', 'x-other'),
      await preflight('/inbox/new', 'http://localhost:5173', 'PUT'),
      await send('GET', '/inbox/image', { origin: 'http://localhost:5173' }),
    ];

    for (const { status, headers } of answers) {
      expect(status).to.equal(200);
      expect(headers).to.not.have.property('access-control-allow-origin');
    }
  });

  it('are refused from other sites that no bucket configuration names', async () => {
    const paths = ['/inbox/image', '/b/inbox/o/image', '/v0/b/inbox/o/image', '/none/image', '/b/%', '/'];
    const statuses = await Promise.all(
      paths.map(async (path) => (await send('GET', path, { origin: 'https://evil.example' })).status),
    );

    expect(statuses).to.deep.equal(paths.map(() => 403));
  });

  it('are answered by the JSON API and by Firebase for every local page', async () => {
    for (const path of ['/upload/storage/v1/b/inbox/o?name=x', '/v0/b/inbox/o?name=x']) {
      const { headers } = await preflight(path, 'http://localhost:5173', 'POST', 'X-Goog-Upload-Command');
      expect(headers['access-control-allow-origin']).to.equal('http://localhost:5173');
      expect(headers['access-control-allow-headers']).to.equal('x-goog-upload-command');
      expect(headers['access-control-allow-methods']).to.include('POST');
    }
  });

  it('upload by a signed URL that opens a resumable session', async () => {
    const signer = signerFor(fixture.server.url);
    const [signed] = await signer
      .bucket('inbox')
      .file('signed/é 1.jpg')
      .getSignedUrl({
        version: 'v4',
        action: 'resumable',
        contentType: 'image/jpeg',
        expires: Date.now() + 60_000,
      });
    const content = randomBytes(CHUNK + 10);
    const headers = { 'x-goog-resumable': 'start', 'content-type': 'image/jpeg', 'x-goog-meta-owner': 'ann' };

    const opened = await fetch(signed.replace('https://', 'http://'), { method: 'POST', headers });
    const session = opened.headers.get('location') ?? '';
    const put = async (range: string, body: Buffer) =>
      fetch(session, { method: 'PUT', body: new Uint8Array(body), headers: { 'content-range': range } });
    const first = await put(`bytes 0-${CHUNK - 1}/${content.length}`, content.subarray(0, CHUNK));
    const last = await put(`bytes ${CHUNK}-${content.length - 1}/${content.length}`, content.subarray(CHUNK));

    const file = fixture.bucket.file('signed/é 1.jpg');
    const [metadata] = await file.getMetadata();
    expect([opened.status, first.status, last.status]).to.deep.equal([201, 308, 200]);
    expect((await file.download())[0].equals(content)).to.equal(true);
    expect([metadata.contentType, metadata.metadata]).to.deep.equal(['image/jpeg', { owner: 'ann' }]);
  });

  it('cancel a session that a signed URL has opened', async () => {
    const headers = { 'x-goog-resumable': 'start' };
    const opened = await fetch(`${fixture.server.url}/inbox/cancelled`, { method: 'POST', headers });
    const session = opened.headers.get('location') ?? '';

    const cancelled = await fetch(session, { method: 'DELETE' });
    const after = await fetch(session, { method: 'PUT', body: 'x' });

    expect([cancelled.status, after.status]).to.deep.equal([499, 404]);
  });
});
