/** `@hangtag/client` against the API and the bucket server. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { HangtagApiError, HangtagClient, HangtagVerificationError } from '@hangtag/client';
import { IMAGE_FIELDS } from '@hangtag/functions/api/image-answer.js';
import { storageClient } from '@hangtag/shared/adapters/gcs/storage-client.js';
import { GcsUrlSigner, throwAwayCredentials } from '@hangtag/shared/adapters/gcs/url-signer.js';
import { expect } from 'chai';
import { build } from 'esbuild';
import { fromRoot } from '../fixtures/paths.js';
import { ApiStage } from '../support/api-stage.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { type BucketFixture, startBucketFixture, stopBucketFixture } from './bucket-fixture.js';

const API = 'http://api.test';
const MIB = 1024 * 1024;

/** @param bucketFetch sends what goes to the bucket */
async function clientOf(stage: ApiStage, bucketFetch: typeof fetch = fetch) {
  const credentials = await stage.key();
  const send = async (input: string | URL | Request, init?: RequestInit) =>
    String(input).startsWith(API) ? stage.api.request(String(input), init) : bucketFetch(input, init);
  return new HangtagClient({ url: API, credentials, fetch: send });
}

describe('The client', () => {
  it('predicts', async () => {
    const client = await clientOf(new ApiStage());

    const { category, confidence } = await client.predict(new Blob([new Uint8Array([1])]));

    expect({ category, confidence }).to.deep.equal({ category: 'Handbags', confidence: 0.93 });
  });

  it('lists every page, corrects and confirms', async () => {
    const stage = new ApiStage();
    const client = await clientOf(stage);
    for (let index = 0; index < 130; index += 1) await stage.add(`${index}.jpg`);

    const images = [];
    const filter: object = { category: 'Handbags', owner: undefined };
    for await (const image of client.list(filter)) images.push(image);
    const [first] = images;
    const confirmed = await client.confirm(first ?? expect.fail('Expected an image'));

    expect(images).to.have.length(130);
    expect(Object.keys(confirmed)).to.have.members([...IMAGE_FIELDS]);
    expect(confirmed.correction?.category).to.equal('Handbags');
    expect((await client.get(confirmed.id)).status).to.equal('done');
    const corrected = await client.correct(confirmed, 'Tops');
    expect(corrected.correction?.category).to.equal('Tops');
    const renamed = await client.correct(confirmed, 'Hats', { isNew: true });
    expect(renamed.correction?.category).to.equal('Hats');
  });

  it('finds images that look alike', async () => {
    const stage = new ApiStage();
    const client = await clientOf(stage);
    const seen = (vector: readonly number[], owner: string) => ({ vector, backbone: 'b', owner });
    const id = await stage.add('this.jpg', seen([1, 0], 'ada'));
    await stage.add('near.jpg', seen([0.9, 0.1], 'eve'));
    await stage.add('far.jpg', seen([0, 1], 'ada'));
    const plain = await stage.add('plain.jpg');
    const found = async (options?: Parameters<typeof client.similar>[1]) =>
      (await client.similar({ id }, options)).map(({ name, similarity }) => [name, similarity.toFixed(1)]);

    expect(await found()).to.deep.equal([
      ['near.jpg', '0.9'],
      ['far.jpg', '0.0'],
    ]);
    expect(await found({ owner: 'ada' })).to.deep.equal([['far.jpg', '0.0']]);
    expect(await found({ limit: 1 })).to.deep.equal([['near.jpg', '0.9']]);
    const refusal = await client.similar({ id: plain }).catch((thrown: unknown) => thrown);
    expect(refusal).to.be.instanceOf(HangtagApiError).and.to.include({ status: 409, code: 'conflict' });
  });

  it('gets the answer to a request that is still in work after its connection was lost', async () => {
    const stage = new ApiStage();
    const { answer: predict } = stage.classifier;
    let letGo = () => {};
    const isLetGo = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    stage.classifier.answer = async (image) => {
      await isLetGo;
      return predict(image);
    };
    const statuses: (number | 'lost')[] = [];
    const send = async (input: string | URL | Request, init?: RequestInit) => {
      const isFirst = statuses.push('lost') === 1;
      const request = stage.api.request(String(input), init);
      if (isFirst) throw new TypeError('fetch failed');
      const response = await request;
      statuses.splice(-1, 1, response.status);
      letGo();
      return response;
    };
    const client = new HangtagClient({ url: API, credentials: await stage.key(), fetch: send });

    const { category } = await client.predict(new Blob([new Uint8Array([1])]));

    expect(category).to.equal('Handbags');
    expect(statuses).to.deep.equal(['lost', 409, 200]);
    expect(stage.classifier.seen).to.equal(1);
  });

  it('gives up the rest of an answer before it asks again', async () => {
    let closed: Promise<unknown> | undefined;
    const server = createServer((_, response) => {
      if (closed) return response.end('{}');
      closed = once(response, 'close');
      return response.writeHead(503).write('This answer has no end');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      await new HangtagClient({ url: `http://127.0.0.1:${port}` }).budget();
      await closed;
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('throws the code and the id of a request that is refused', async () => {
    const client = await clientOf(new ApiStage());

    const error = await client.get('x'.repeat(43)).catch((thrown: unknown) => thrown);

    expect(error).to.be.instanceOf(HangtagApiError);
    expect(error)
      .to.include({ status: 404, code: 'not-found' })
      .and.to.have.property('requestId')
      .that.is.a('string');
  });
});

describe('The model of the client', () => {
  const stage = new ApiStage();
  /** @param change what an attacker makes of an answer */
  async function clientBehind(change: (path: string, answer: Response) => Promise<Response>) {
    const credentials = await stage.key();
    const send = async (input: string | URL | Request, init?: RequestInit) =>
      change(new URL(String(input)).pathname, await stage.api.request(String(input), init));
    return new HangtagClient({ url: API, credentials, fetch: send });
  }
  const caught = (promise: Promise<unknown>) => promise.catch((error: unknown) => error);

  it('is a manifest with the signature of the API, and files with the digests of the manifest', async () => {
    const client = await clientBehind(async (_path, answer) => answer);

    const model = await client.model();
    const bytes = await client.modelFile(model, 'tfjs/model.json');

    expect(model.labels).to.have.length(10);
    expect(model).to.include({ rolloutShare: 1, minAppVersion: null });
    expect(JSON.parse(Buffer.from(bytes).toString())).to.include.keys('modelTopology');
  });

  it('is refused if the manifest was changed after it was signed', async () => {
    const client = await clientBehind(async (path, answer) => {
      if (path !== '/v1/model') return answer;
      const model = (await answer.json()) as { jws: string };
      const [header, payload = '', signature] = model.jws.split('.');
      const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), version: '9.9.9' };
      const forged = Buffer.from(JSON.stringify(changed)).toString('base64url');
      return Response.json({ ...model, jws: [header, forged, signature].join('.') });
    });

    expect(await caught(client.model())).to.be.instanceOf(HangtagVerificationError);
  });

  it('is refused if another key than a trusted one signed it', async () => {
    const client = await clientBehind(async (_path, answer) => answer);

    expect(await caught(client.model([]))).to.be.instanceOf(HangtagVerificationError);
  });

  it('is refused if a byte of a file is wrong', async () => {
    const client = await clientBehind(async (path, answer) =>
      path.includes('/files/') ? new Response(`${await answer.text()} `) : answer,
    );

    const error = await caught(client.modelFile(await client.model(), 'tfjs/model.json'));

    expect(error).to.be.instanceOf(HangtagVerificationError);
  });
});

describe('An upload of the client', () => {
  let fixture: BucketFixture;

  before(async () => {
    fixture = await startBucketFixture();
  });

  after(() => stopBucketFixture(fixture));

  it('goes on after a lost connection where the bucket stopped, with its metadata', async () => {
    const local = storageClient({ ...throwAwayCredentials(), apiEndpoint: fixture.server.url });
    const stage = new ApiStage({ signer: async () => new GcsUrlSigner(local.bucket('inbox')) });
    const answers: Response[] = [];
    let pieces = 0;
    const client = await clientOf(stage, async (input, init) => {
      pieces += 1;
      if (pieces === 3) throw new TypeError('fetch failed');
      const answer = await fetch(input, init);
      answers.push(answer);
      return answer;
    });
    const bytes = new Uint8Array(2 * MIB + 17).fill(7);
    const progress: number[] = [];

    const { name } = await client.upload(new Blob([bytes], { type: 'image/png' }), {
      name: 'a b/1.png',
      owner: 'ada',
      onProgress: (sent) => progress.push(sent),
    });

    const file = fixture.bucket.file(name);
    const [content] = await file.download();
    const [{ metadata, contentType }] = await file.getMetadata();
    expect(content.equals(bytes)).to.equal(true);
    expect({ metadata, contentType }).to.deep.equal({ metadata: { owner: 'ada' }, contentType: 'image/png' });
    expect(progress).to.deep.equal([MIB, MIB, 2 * MIB, 2 * MIB + 17]);
    expect(answers.filter(({ body, bodyUsed }) => body !== null && !bodyUsed)).to.deep.equal([]);
  });
});

describe('The package @hangtag/client', () => {
  let folder: string;

  before(async () => {
    folder = temporaryDirectory();
    const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: fromRoot('client'),
      encoding: 'utf8',
    });
    const [{ filename }] = JSON.parse(packed);
    await writeFile(join(folder, 'package.json'), '{"type":"module","private":true}');
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${filename}`], {
      cwd: folder,
    });
  });

  it('is installed and works in an empty project', async () => {
    const program = `import { HangtagClient } from '@hangtag/client';
      const fetch = async () => Response.json({ category: 'a' });
      console.log((await new HangtagClient({ url: 'http://x', fetch }).predict(new Blob())).category);`;
    await writeFile(join(folder, 'use.js'), program);

    expect(execFileSync(process.execPath, ['use.js'], { cwd: folder, encoding: 'utf8' })).to.equal('a\n');
  });

  it('is bundled for browsers and used there without Firebase, which only watch needs', async () => {
    const program = `import { HangtagClient } from '@hangtag/client';
      const client = new HangtagClient({ url: 'http://x' });
      client.watch(() => {}, { tenant: 'a' }).catch(({ message }) => console.log(message));`;
    await writeFile(join(folder, 'watch.js'), program);

    await build({
      ...{ absWorkingDir: folder, entryPoints: ['watch.js'], outfile: 'bundle.js' },
      ...{ bundle: true, format: 'esm', platform: 'browser', logLevel: 'silent' },
    });

    const said = execFileSync(process.execPath, ['bundle.js'], { cwd: folder, encoding: 'utf8' });
    expect(said).to.equal('Expected the package firebase, which watch needs\n');
  });
});
