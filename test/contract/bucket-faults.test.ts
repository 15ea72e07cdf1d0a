import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { Storage } from '@google-cloud/storage';
import { startBucketServer } from '@hangtag/emulators/bucket/server.js';
import { GcsObjectStore } from '@hangtag/shared/adapters/gcs/object-store.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { expect } from 'chai';
import { Faults } from '../support/bucket-faults.js';
import { until } from '../support/until.js';
import { type BucketFixture, startBucketFixture, statusOf, stopBucketFixture } from './bucket-fixture.js';

describe('faults of the bucket server', () => {
  let fixture: BucketFixture;
  let faults: Faults;

  beforeEach(async () => {
    faults = new Faults();
    fixture = await startBucketFixture({ hooks: faults });
  });
  afterEach(() => stopBucketFixture(fixture));

  it('answer 503 to the next requests only', async () => {
    faults.now.failNext = 2;
    const statuses = [];
    for (let attempt = 0; attempt < 3; attempt += 1)
      statuses.push(await statusOf(fixture.bucket.getMetadata()));

    expect(statuses).to.deep.equal([503, 503, 200]);
  });

  it('answer 503 to a share of requests, and a client that retries succeeds', async () => {
    const patient = new Storage({
      projectId: 'test',
      apiEndpoint: fixture.server.url,
      retryOptions: { retryDelayMultiplier: 1, maxRetries: 10, maxRetryDelay: 1 },
    });
    faults.now.failProbability = 0.3;

    for (let index = 0; index < 5; index += 1) {
      await patient
        .bucket('inbox')
        .file(`patient-${index}`)
        .save('x', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    }
    faults.now.failProbability = 0;

    expect((await fixture.bucket.getFiles())[0]).to.have.length(5);
  });

  it('cut a download, and the client sees an error', async () => {
    const content = randomBytes(1_000_000);
    const file = fixture.bucket.file('image');
    await file.save(content, { resumable: false });
    faults.now.cutNextDownloads = 1;
    const response = await fetch(`${fixture.server.url}/b/inbox/o/image?alt=media`);

    const cut = await response.arrayBuffer().then(
      () => 'whole',
      () => 'cut',
    );

    expect(cut).to.equal('cut');
    expect((await file.download())[0].equals(content)).to.equal(true);
  });

  it('cut a download, and the object store throws a TransientError', async () => {
    const { server, bucket } = fixture;
    await bucket.file('image').save(randomBytes(1_000_000), { resumable: false });
    const store = new GcsObjectStore(storageClient({ projectId: 'test', apiEndpoint: server.url }));
    const object = await store.stat('inbox', 'image');
    if (object === undefined) throw new Error('Expected a stored object');
    faults.now.cutNextDownloads = 1;

    const cut = await store.read(object, 2_000_000).catch((error: unknown) => error);
    const whole = await store.read(object, 2_000_000);

    expect(cut).to.be.instanceOf(TransientError);
    expect(whole).to.have.length(1_000_000);
  });

  it('change a byte of a download, and the object store throws a TransientError', async () => {
    let damage = true;
    const damaging = () =>
      new Transform({
        transform(chunk: Buffer, _encoding, done) {
          if (damage) chunk[0] = ~(chunk[0] ?? 0);
          done(null, chunk);
        },
      });
    const other = await startBucketFixture({ hooks: { onDownload: damaging } });
    try {
      const store = new GcsObjectStore(storageClient({ projectId: 'test', apiEndpoint: other.server.url }));
      const image = { bucket: 'inbox', name: 'image', bytes: randomBytes(1_000) };
      const generation = await store.write(image);
      if (generation === undefined) throw new Error('Expected a stored object');

      const damaged = await store.read({ ...image, generation }, 2_000).catch((error: unknown) => error);
      damage = false;
      const whole = await store.read({ ...image, generation }, 2_000);

      expect(damaged).to.be.instanceOf(TransientError);
      expect(whole).to.deep.equal(image.bytes);
    } finally {
      await stopBucketFixture(other);
    }
  });

  it('delay an answer', async () => {
    faults.now.delayMs = 50;
    const startMs = performance.now();
    await fixture.bucket.getMetadata();

    expect(performance.now() - startMs).to.be.at.least(49);
  });

  it('answer 503 to writes on a full disk, keep the old state, and recover', async () => {
    const file = fixture.bucket.file('image');
    await file.save('old', { resumable: false });
    faults.now.diskFull = true;

    const refused = [
      await statusOf(file.save('new', { resumable: false })),
      await statusOf(file.save('', { resumable: false })),
      await statusOf(file.setMetadata({ metadata: { a: 'b' } })),
      await statusOf(file.delete()),
      await statusOf(fixture.storage.bucket('another').create()),
    ];
    const [kept] = await file.download();
    faults.now.diskFull = false;
    await file.save('new', { resumable: false });
    const { dataDir } = fixture;
    await fixture.server.close();
    fixture = await startBucketFixture({ dataDir });

    expect(refused).to.deep.equal([503, 503, 503, 503, 503]);
    expect(kept.toString()).to.equal('old');
    expect((await fixture.bucket.file('image').download())[0].toString()).to.equal('new');
    expect((await fixture.bucket.file('image').getMetadata())[0].metadata).to.equal(undefined);
    expect((await fixture.storage.getBuckets())[0]).to.have.length(1);
    await until('one content file', async () => (await readdir(join(dataDir, 'content'))).length === 1);
  });

  it('leave no open socket after close, not even an idle one', async () => {
    const own = await startBucketServer({ dataDir: join(fixture.dataDir, 'own') });
    const socket = createConnection(own.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'data');
    const ended = once(socket, 'close');
    socket.resume();

    await own.close();

    await ended;
    expect(await fetch(own.url).catch(() => 'refused')).to.equal('refused');
  });
});
